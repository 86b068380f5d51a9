"""Headlines of pages whose figures add up from rows that the page has asked for anyway: no second look at the file."""

from datetime import date, timedelta

import pandas as pd

from dashboard.figures.headlines import Figure, Headline
from dashboard.filters import Filters

_COUNTS = ("closed_changes", "failed_changes", "changes_with_linked_incident", "changes_with_suspected_incident")
_SHARES = {
    "failed_share": "failed_changes",
    "linked_share": "changes_with_linked_incident",
    "suspected_share": "changes_with_suspected_incident",
}

_Days = tuple[date, date]
_Values = dict[str, float | None]


def recurring_headline(titles: pd.DataFrame, earlier: pd.DataFrame | None, filters: Filters) -> Headline:
    """`recurring_titles`, `recurring_tickets`, `recurring_minutes` of rows of `recurring`; n: the tickets in them.

    `earlier` are those of `filters.previous()`, None where there is no such period.
    """
    values, before = _of_titles(titles), None if earlier is None else _of_titles(earlier)
    after = None if before is None else values
    return _headline(values, after, before, "recurring_tickets", _compared(filters))


def _of_titles(titles: pd.DataFrame) -> _Values:
    return {
        "recurring_titles": float(len(titles)),
        "recurring_tickets": float(titles["ticket_count"].sum()),
        "recurring_minutes": float(titles["total_resolve_minutes"].sum()),
    }


def changes_headline(
    months: pd.DataFrame, earlier: pd.DataFrame | None, filters: Filters, last_day: date | None
) -> Headline:
    """`closed_changes`, `failed_share`, `linked_share`, `suspected_share` of rows of `changes`; n: the closed changes.

    `earlier` are those of `filters.previous()`. Where there is no such period, the last whole month up to `last_day`
    is compared with the one before.
    """
    values = with_shares(months[list(_COUNTS)].sum())
    if earlier is not None:
        return _headline(
            values, values, with_shares(earlier[list(_COUNTS)].sum()), "closed_changes", _compared(filters)
        )
    days = _whole_months(last_day) if last_day else None
    after, before = (None, None) if days is None else (_of_month(months, start) for start, _ in days)
    return _headline(values, after, before, "closed_changes", days)


def with_shares(counts: pd.Series) -> _Values:
    """Counts of changes and their shares in the closed ones; None of no change."""
    closed = float(counts["closed_changes"])
    given: _Values = {name: float(counts[name]) for name in _COUNTS}
    return given | {name: float(counts[part]) / closed if closed else None for name, part in _SHARES.items()}


def _of_month(months: pd.DataFrame, start: date) -> _Values:
    return with_shares(months.loc[months["period_start"] == pd.Timestamp(start), list(_COUNTS)].sum())


def _headline(
    values: _Values, after: _Values | None, before: _Values | None, n: str, days: tuple[_Days, _Days] | None
) -> Headline:
    """`n` names the value that counts the cases."""

    def cases(of: _Values | None) -> int:
        return int((of or {}).get(n) or 0)

    return Headline(
        {
            name: Figure(
                value, cases(values), (after or {}).get(name), cases(after), (before or {}).get(name), cases(before)
            )
            for name, value in values.items()
        },
        *(days or (None, None)),
    )


def _compared(filters: Filters) -> tuple[_Days, _Days] | None:
    """The days of the filters' period and of the one before; None where there is none."""
    earlier = filters.previous()
    if earlier is None or filters.since is None or filters.until is None or earlier.since is None:
        return None
    return (filters.since, filters.until), (earlier.since, filters.since)


def _whole_months(last_day: date) -> tuple[_Days, _Days]:
    """The last whole month up to a day, and the one before it."""
    end = (last_day + timedelta(days=1)).replace(day=1)
    middle = (end - timedelta(days=1)).replace(day=1)
    return (middle, end), ((middle - timedelta(days=1)).replace(day=1), middle)
