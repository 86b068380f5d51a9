"""How politely one instance is asked, by all sessions together.

Never more requests at once than allowed, never more an hour than budgeted, and a pause that the
instance asks for holds every session: a limit counts per user, not per connection (Table API
reference, section 1.4).
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

_HOUR = 3600.0


class Gate:
    """Shared by the sessions of one instance. `limit` requests at once; `per_hour` None is no budget."""

    def __init__(
        self,
        limit: int,
        per_hour: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = threading.BoundedSemaphore(limit)
        self._per_hour = per_hour
        self._sleep, self._clock = sleep, clock
        self._lock = threading.Lock()
        self._held_until = 0.0
        self._sent: deque[float] = deque()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Wait for a pause to end, for the budget and for a free place; hold the place meanwhile."""
        self._wait_out_pause()
        self._spend()
        with self._places:
            yield

    def hold(self, seconds: float) -> None:
        """Let nobody pass for so long."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)

    def _wait_out_pause(self) -> None:
        with self._lock:
            until = self._held_until
        if (remaining := until - self._clock()) > 0:
            self._sleep(remaining)
            with self._lock:
                if self._held_until == until:
                    self._held_until = 0.0

    def _spend(self) -> None:
        """Count a request; where the last hour's are used up, wait until the oldest of them is an hour old."""
        with self._lock:
            if self._per_hour is None:
                return
            now = self._clock()
            while self._sent and self._sent[0] <= now - _HOUR:
                self._sent.popleft()
            used = len(self._sent)
            wait = self._sent[used - self._per_hour] + _HOUR - now if used >= self._per_hour else 0.0
            self._sent.append(now + wait)
        if wait > 0:
            log.info("the budget of %d requests an hour is used up; going on in %.0f s", self._per_hour, wait)
            self._sleep(wait)
