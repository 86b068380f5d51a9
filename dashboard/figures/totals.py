"""Figures that add up from rows that a page has asked for anyway: no second look at the file."""

from datetime import date

import pandas as pd

from dashboard.figures.headlines import Figure, Headline
from dashboard.figures.periods import Comparison

_COUNTS = ("closed_changes", "failed_changes", "changes_with_linked_incident", "changes_with_suspected_incident")
_SHARES = {
    "failed_share": "failed_changes",
    "linked_share": "changes_with_linked_incident",
    "suspected_share": "changes_with_suspected_incident",
}

#: Weeks that end on Sunday, as pandas calls them.
_WEEK = "W-SUN"

_Values = dict[str, float | None]


def flow_by_week(days: pd.DataFrame) -> pd.DataFrame:
    """Rows of `backlog` added up to weeks from Monday: `period_start`, `opened_count`, `ended_count`, `is_partial` (the
    days begin after its Monday or end before its Sunday)."""
    start = days["as_of"].dt.to_period(_WEEK).dt.start_time.rename("period_start")
    weeks = days.groupby(start)[["opened_count", "ended_count"]].sum().reset_index()
    ends = weeks["period_start"] + pd.Timedelta(days=6)
    return weeks.assign(is_partial=(weeks["period_start"] < days["as_of"].min()) | (ends > days["as_of"].max()))


def recurring_headline(titles: pd.DataFrame, earlier: pd.DataFrame | None, comparison: Comparison | None) -> Headline:
    """`recurring_titles`, `recurring_tickets`, `recurring_minutes` of rows of `recurring`; n: the tickets in them.

    `earlier` are rows of `recurring_sizes` of the period before, None where no period was chosen: then nothing is
    compared.
    """
    values, before = _of_titles(titles), None if earlier is None else _of_titles(earlier)
    return _headline(values, values if before else None, before, "recurring_tickets", comparison)


def _of_titles(titles: pd.DataFrame) -> _Values:
    return {
        "recurring_titles": float(len(titles)),
        "recurring_tickets": float(titles["ticket_count"].sum()),
        "recurring_minutes": float(titles["total_resolve_minutes"].sum()),
    }


def changes_headline(months: pd.DataFrame, earlier: pd.DataFrame | None, comparison: Comparison | None) -> Headline:
    """`closed_changes`, `failed_share`, `linked_share`, `suspected_share` of rows of `changes`; n: the closed changes.

    `earlier` are those of the period before, None where no period was chosen: then two whole months are compared where
    the history has them.
    """
    values = with_shares(months[list(_COUNTS)].sum())
    after: _Values | None = None
    before: _Values | None = None
    if earlier is not None:
        after, before = values, with_shares(earlier[list(_COUNTS)].sum())
    elif comparison and comparison.grain == "month":
        after, before = (_of_month(months, days[0]) for days in (comparison.after, comparison.before))
    return _headline(values, after, before, "closed_changes", comparison)


def with_shares(counts: pd.Series) -> _Values:
    """Counts of changes and their shares in the closed ones; None of no change."""
    closed = float(counts["closed_changes"])
    given: _Values = {name: float(counts[name]) for name in _COUNTS}
    return given | {name: float(counts[part]) / closed if closed else None for name, part in _SHARES.items()}


def _of_month(months: pd.DataFrame, start: date) -> _Values:
    return with_shares(months.loc[months["period_start"] == pd.Timestamp(start), list(_COUNTS)].sum())


def _headline(
    values: _Values, after: _Values | None, before: _Values | None, n: str, comparison: Comparison | None
) -> Headline:
    """`n` names the value that counts the cases."""

    def cases(of: _Values | None) -> int:
        return int((of or {}).get(n) or 0)

    figures = {
        name: Figure(
            value, cases(values), (after or {}).get(name), cases(after), (before or {}).get(name), cases(before)
        )
        for name, value in values.items()
    }
    if comparison is None or after is None:
        return Headline(figures, None, None)
    return Headline(figures, comparison.after, comparison.before)
