"""How a table is read in a cycle: whole, for the first time, by its cursor, or a given stretch of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.servicenow.catalogue import TableSpec
from ingestion.servicenow.query import TIME_FORMAT, all_of, condition
from ingestion.servicenow.records import lenient
from ingestion.servicenow.walks import KeyWalk, TimeWalk

#: The earth's zones are less than 26 hours apart.
ANY_ZONE = timedelta(hours=26)


@dataclass(frozen=True)
class Window:
    """What one cycle reads.

    `history_start` bounds windowed tables on their first sync. `full` reads every table as if for
    the first time, and tables in `by_content` whole; `low` and `high`, both naive UTC and inclusive,
    re-read a stretch of the cursor column and leave the cursor where it is.
    """

    history_start: datetime
    full: bool = False
    low: datetime | None = None
    high: datetime | None = None
    by_content: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Bounds:
    """The rows of a window: `low <= cursor <= high` (naive UTC), or still active where `or_active`."""

    cursor: str
    low: datetime | None
    high: datetime
    or_active: bool = False

    def query(self, slack: timedelta = timedelta(0)) -> str:
        """As an encoded query, wider by `slack` on both sides."""
        since = condition(self.cursor, ">=", self.low - slack) if self.low else ""
        if self.or_active and since:
            since += "^OR" + condition("active", "=", "true")
        return all_of(since, condition(self.cursor, "<=", self.high + slack))

    def holds(self, table: pa.Table) -> pa.Array:
        """Which rows lie inside, by their raw UTC times."""
        times = table[self.cursor]
        inside = pc.less_equal(times, pa.scalar(self.high, pa.timestamp("us")))
        if self.low:
            since = pc.greater_equal(times, pa.scalar(self.low, pa.timestamp("us")))
            if self.or_active:
                since = pc.or_(since, pc.fill_null(lenient(table["active"], "boolean"), False))
            inside = pc.and_(inside, since)
        return pc.fill_null(inside, False)

    def as_state(self) -> dict[str, Any]:
        return {
            "cursor": self.cursor,
            "low": self.low.strftime(TIME_FORMAT) if self.low else None,
            "high": self.high.strftime(TIME_FORMAT),
            "or_active": self.or_active,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Bounds":
        low = datetime.strptime(state["low"], TIME_FORMAT) if state["low"] else None
        return cls(state["cursor"], low, datetime.strptime(state["high"], TIME_FORMAT), state["or_active"])


@dataclass(frozen=True)
class Strategy:
    """Which walks read a table, and what its cursor does afterwards.

    `high` bounds the cursor; None leaves it alone. `condition` is what walks by key go by, `filtered`
    the bounds to go by here because the instance cannot. `first` reads may be cut into ranges of
    keys; `newest` is the latest cursor value that an earlier cycle brought of an unfinished read.
    """

    walks: Sequence[KeyWalk | TimeWalk]
    high: datetime | None = None
    condition: str = ""
    filtered: Bounds | None = None
    first: bool = False
    newest: str = ""

    def unfinished(self, reached: Mapping[str, str], newest: str) -> dict[str, Any] | None:
        """What a later cycle needs to go on; None where it starts anew."""
        if self.high is None or not all(isinstance(walk, KeyWalk) for walk in self.walks):
            return None
        return {
            "condition": self.condition,
            "high": self.high.strftime(TIME_FORMAT),
            "newest": newest,
            "reached": dict(reached),
            "filtered": self.filtered.as_state() if self.filtered else None,
        }


def first_bounds(spec: TableSpec, cursor: str, start: datetime, high: datetime) -> Bounds | None:
    """The first sync's window: what section 4 of the contract calls windowed; None is in full."""
    return Bounds(cursor, start, high, spec.or_active) if spec.windowed else None


@dataclass(frozen=True)
class Strategist:
    """Chooses for all tables of a cycle. `high` is the instance's time, naive UTC, that bounds all of it.

    `zoned` says that the instance reads times in a query in some zone of its own: walks then go by
    key, through wider bounds, and what lies outside the asked ones is left out here.
    """

    window: Window
    high: datetime
    overlap: timedelta
    zoned: bool = False

    def choose(self, spec: TableSpec, cursor: str | None, state: Mapping[str, Any], *, empty: bool) -> Strategy | None:
        """None where a cycle with a given stretch has nothing to read of this table."""
        window = self.window
        if cursor is None:
            return None if window.low else Strategy([KeyWalk()])
        if window.low is not None:
            return self._stretch(Bounds(cursor, window.low, min(window.high or self.high, self.high)))
        before: str | None = state.get("cursor")
        if (walk := state.get("walk")) and not empty:
            return _resumed(walk)
        if before is None or window.full or empty:
            return self._first(first_bounds(spec, cursor, window.history_start, self.high))
        if spec.name in window.by_content:
            return self._first(None)
        low = datetime.strptime(before, TIME_FORMAT) - self.overlap
        return replace(self._stretch(Bounds(cursor, low, self.high)), high=self.high)

    def _first(self, bounds: Bounds | None) -> Strategy:
        asked = self._asked(bounds) if bounds else ""
        return Strategy([KeyWalk(asked)], self.high, asked, bounds if self.zoned else None, first=True)

    def _stretch(self, bounds: Bounds) -> Strategy:
        if not self.zoned:
            assert bounds.low is not None  # both callers give one
            return Strategy([TimeWalk(bounds.cursor, bounds.low, bounds.high)])
        asked = self._asked(bounds)
        return Strategy([KeyWalk(asked)], condition=asked, filtered=bounds)

    def _asked(self, bounds: Bounds) -> str:
        return bounds.query(ANY_ZONE if self.zoned else timedelta(0))


def _resumed(walk: Mapping[str, Any]) -> Strategy:
    """A read that an earlier cycle could not finish, from where it stopped."""
    return Strategy(
        [KeyWalk(walk["condition"], after, upto) for upto, after in walk["reached"].items()],
        datetime.strptime(walk["high"], TIME_FORMAT),
        walk["condition"],
        Bounds.from_state(walk["filtered"]) if walk["filtered"] else None,
        newest=walk["newest"],
    )
