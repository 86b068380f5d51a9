"""Days: how far the history of an instance goes, what counts as now, and which periods are compared."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboard.figures.choices import choices
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

DAY = timedelta(days=1)
#: Days from the first until before the last.
Days = tuple[date, date]


@dataclass(frozen=True)
class Comparison:
    """Two periods of days; `grain` is what they are of (`month`, `week`), None for a chosen period."""

    after: Days
    before: Days
    grain: str | None = None


def now_at(snapshot: Snapshot, instance: str) -> datetime | None:
    """What counted as now when the figures were computed, UTC; None where there are no data."""
    return snapshot.once(("now", instance), lambda: _now_at(snapshot, instance))


def _now_at(snapshot: Snapshot, instance: str) -> datetime | None:
    found = snapshot.frame("select now_at from meta.instances where instance = $instance", {"instance": instance})
    return None if found.empty or found["now_at"].isna().iloc[0] else found["now_at"].iloc[0].to_pydatetime()


def history(snapshot: Snapshot, instance: str) -> Days | None:
    """The days that are shown; None where there are none."""
    known = choices(snapshot, instance)
    if known.first_day is None or known.last_day is None:
        return None
    return known.first_day, known.last_day + DAY


def shown(snapshot: Snapshot, filters: Filters) -> Days | None:
    """The days of the filters within the history; None where they have none in common."""
    known = history(snapshot, filters.instance)
    if known is None:
        return None
    first = max(known[0], filters.since or known[0])
    end = min(known[1], filters.until or known[1])
    return (first, end) if first < end else None


def compared(snapshot: Snapshot, filters: Filters) -> Comparison | None:
    """The chosen period (one without an end goes on to the last day) and the one of equal length before it.

    Where none is chosen: the last two whole months, or weeks where the history has no two whole months. None where the
    earlier of the two is not all within the history, so that nothing is compared with a gap.
    """
    known, now = history(snapshot, filters.instance), now_at(snapshot, filters.instance)
    if known is None or now is None:
        return None
    found: list[Comparison] = []
    if filters.since is not None:
        until = filters.until or known[1]
        length = until - filters.since
        found = [Comparison((filters.since, until), (filters.since - length, filters.since))]
    elif filters.until is None:
        today = now.date()
        month = today.replace(day=1)
        last, week = _month_before(month), today - timedelta(days=today.weekday())
        found = [
            Comparison((last, month), (_month_before(last), last), "month"),
            Comparison((week - 7 * DAY, week), (week - 14 * DAY, week - 7 * DAY), "week"),
        ]
    return next((each for each in found if each.before[0] >= known[0] and each.before[0] < each.before[1]), None)


def _month_before(first: date) -> date:
    return (first - DAY).replace(day=1)


#: Which of the two compared periods a moment is in, `after` or `before`; parameters as `parts` gives them.
PART_OF = """case
    when {0} >= $after_first and {0} < $after_end then 'after'
    when {0} >= $before_first and {0} < $before_end then 'before'
end"""


def parts(comparison: Comparison) -> dict[str, object]:
    """The parameters of PART_OF."""
    return {
        "after_first": comparison.after[0],
        "after_end": comparison.after[1],
        "before_first": comparison.before[0],
        "before_end": comparison.before[1],
    }
