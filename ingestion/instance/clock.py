"""The instance's own time: frozen, or running at a multiple of real time. It only goes forward."""

import threading
import time
from datetime import UTC, datetime, timedelta

STAMP = "%Y-%m-%d %H:%M:%S"


def stamp(moment: datetime) -> str:
    """A moment as ServiceNow stores it: UTC, whole seconds, no zone mark."""
    return moment.strftime(STAMP)


class Clock:
    """`now` is naive UTC. With `speed` 0 time moves only by `set` and `advance`.

    Raises ValueError when asked to go back: rows already bear later times.
    """

    def __init__(self, now: datetime | None = None, speed: float = 0.0) -> None:
        start = now or datetime.now(UTC)
        if start.tzinfo is not None:
            start = start.astimezone(UTC).replace(tzinfo=None)
        if speed < 0:
            raise ValueError(f"a clock cannot run at speed {speed}: 0 is frozen, 1 is real time")
        self._lock = threading.Lock()
        self._base = start
        self._speed = speed
        self._started = time.monotonic()

    def now(self) -> datetime:
        """The present moment of the instance, naive UTC."""
        with self._lock:
            return self._now()

    def unix(self) -> int:
        """The present moment in whole seconds since 1970."""
        return int(self.now().replace(tzinfo=UTC).timestamp())

    def _now(self) -> datetime:
        if not self._speed:
            return self._base
        return self._base + timedelta(seconds=(time.monotonic() - self._started) * self._speed)

    def set(self, to: datetime) -> None:
        """Goes forward to a moment, naive UTC or with a zone."""
        if to.tzinfo is not None:
            to = to.astimezone(UTC).replace(tzinfo=None)
        with self._lock:
            now = self._now()
            if to < now:
                raise ValueError(f"the clock stands at {stamp(now)} and cannot go back to {stamp(to)}")
            self._base, self._started = to, time.monotonic()

    def advance(self, seconds: float) -> datetime:
        """Goes forward by `seconds` and answers the new moment."""
        if seconds < 0:
            raise ValueError(f"the clock cannot go back by {-seconds} seconds")
        with self._lock:
            self._base, self._started = self._now() + timedelta(seconds=seconds), time.monotonic()
            return self._base
