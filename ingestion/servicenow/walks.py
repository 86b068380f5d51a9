"""The ways through a table: by key, which can be cut into ranges, and by time."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingestion.servicenow.sweep import Sweep

#: A range below so many rows is not worth its two extra requests.
_RANGE_ROWS = 5_000
_DIGITS = "0123456789abcdef"


@dataclass(frozen=True)
class KeyWalk:
    """A walk by `sys_id` over the rows that match a condition, beyond `after`, up to and with `upto`."""

    condition: str = ""
    after: str = ""
    upto: str = ""

    def pages(self, sweep: Sweep) -> Iterator[Sequence[Any]]:
        return sweep.by_key(self.condition, self.after, self.upto)


@dataclass(frozen=True)
class TimeWalk:
    """A walk by the cursor column through `[low, high]`, naive UTC."""

    cursor: str
    low: datetime
    high: datetime
    upto: str = ""
    after: str = ""

    def pages(self, sweep: Sweep) -> Iterator[Sequence[Any]]:
        """A row's second appearance is left out: a load wants unique keys.

        The later version was written while the sweep ran, so the overlap of the next sync reads it.
        """
        seen: set[str] = set()
        for page in sweep.by_time(self.cursor, self.low, self.high):
            keys = [sweep.parser.get(row, "sys_id") for row in page]
            fresh = [row for row, key in zip(page, keys, strict=True) if key not in seen]
            seen.update(keys)
            if fresh:
                yield fresh


def ranges(rows: int | None, concurrency: int, condition: str) -> list[KeyWalk]:
    """Walks that cover all keys: 1, 2, 4, 8 or 16 ranges of `sys_id`, by the rows to read.

    Ids are random hexadecimal numbers, so equal ranges hold about equally many. Where they are not,
    the walks are of unequal length and just as complete.
    """
    parts = 1
    while concurrency > 1 and parts < len(_DIGITS) and (rows or 0) >= 2 * parts * _RANGE_ROWS:
        parts *= 2
    bounds = ["", *_DIGITS[len(_DIGITS) // parts :: len(_DIGITS) // parts], ""]
    return [KeyWalk(condition, after, upto) for after, upto in itertools.pairwise(bounds)]
