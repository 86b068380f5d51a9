"""How often somebody may come: a bucket of requests each, refilled steadily."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """`burst` requests at once, and `per_minute` of them in the long run."""

    per_minute: float
    burst: int


class Buckets:
    """One bucket for each key. Only the latest `most` keys are remembered, so nobody can fill the memory."""

    def __init__(self, rate: Rate, *, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> int:
        """Take one request; 0 where there was one, else the whole seconds until there is."""
        now, per_second = self._clock(), self._rate.per_minute / 60
        with self._lock:
            level, then = self._levels.pop(key, (float(self._rate.burst), now))
            level = min(float(self._rate.burst), level + (now - then) * per_second)
            allowed = level >= 1
            self._levels[key] = (level - 1 if allowed else level, now)
            if len(self._levels) > self._most:
                self._levels.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1 - level) / per_second))
