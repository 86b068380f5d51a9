"""How many rows to ask for at once: what the table's pages can carry, found by asking."""

import logging
import threading

log = logging.getLogger(__name__)

#: Good pages in a row after which a larger one is tried.
_PATIENCE = 8
#: Bytes of a page's body above which the next one is smaller: several are in memory at once.
HEAVIEST = 16 * 2**20


class PageSize:
    """Rows a page for one table; shared by its walks, remembered between runs.

    It halves where the instance runs out of time or a page is too large, and doubles again after some
    good pages.
    """

    fewest = 10

    def __init__(self, most: int, start: int | None = None) -> None:
        self.most = max(1, most)
        self.rows = min(self.most, max(start or most, self.fewest))
        self._good = 0
        self._lock = threading.Lock()

    def shrink(self, asked: int, reason: str) -> None:
        """A page of `asked` rows was too much; another walk may have said so already."""
        with self._lock:
            self._good = 0
            if self.rows >= asked:
                self.rows = min(self.most, max(self.fewest, asked // 2))
                log.info("%s; asking for %d rows a page", reason, self.rows)

    def passed(self, asked: int, size: int) -> None:
        """A page of `asked` rows was answered, `size` bytes long."""
        if size > HEAVIEST:
            self.shrink(asked, f"a page of {asked} rows has {size / 2**20:.0f} MiB")
            return
        with self._lock:
            self._good += asked >= self.rows
            if self._good >= _PATIENCE and self.rows < self.most and 2 * size <= HEAVIEST:
                self.rows, self._good = min(self.most, 2 * self.rows), 0
