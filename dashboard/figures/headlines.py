"""The headline figures, and how they were a period before."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from dashboard.figures.aggregates import INPUTS, aggregated, chosen
from dashboard.figures.backlogs import at_ends
from dashboard.figures.conditions import RESOLVED, published, tickets, without_period
from dashboard.figures.periods import PART_OF, Comparison, Days, compared, history, parts, shown
from dashboard.figures.resolution import of_tickets, resolved
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

#: Figures of resolved tickets among the headlines.
OF_RESOLVED = (
    "resolved_count",
    "mttr_minutes",
    "median_minutes",
    "p90_minutes",
    "business_mttr_minutes",
    "mean_reassignments",
    "zero_share",
    "three_plus_share",
    "noise_share",
    "reopen_rate",
    "made_sla_share",
)
#: Figures of the last day of a period.
OF_BACKLOG = ("open_count", "median_age_days", "older_than_30_days")
ALL = (*OF_RESOLVED, "opened_count", *OF_BACKLOG)

_Row = Mapping[Hashable, Any]
_NO_ROW: _Row = {}


@dataclass(frozen=True)
class Figure:
    """One figure; None where it cannot be known. `n` is how many tickets it is of.

    `value` is that of the filters. `after` and `before` are those of the two periods compared: the filters' own period
    and the one of equal length before it; where no period is chosen the last whole month and the one before that (weeks
    where the history has no two whole months).
    """

    value: float | None
    n: int
    after: float | None
    n_after: int
    before: float | None
    n_before: int


@dataclass(frozen=True)
class Headline:
    """Figures by their name in `definitions.DEFINITIONS`, and the days of the two periods (ends exclusive), None where
    the history has no two such periods."""

    figures: Mapping[str, Figure]
    after: Days | None
    before: Days | None


def headline(snapshot: Snapshot, filters: Filters, *, only: Iterable[str] | None = None) -> Headline:
    """The headline figures; `only` names those to compute (None: all), which spares a page the others' time.

    They are `resolved_count`, `opened_count`, `mttr_minutes`, `median_minutes`, `p90_minutes`, `business_mttr_minutes`,
    `mean_reassignments`, `zero_share`, `three_plus_share`, `noise_share`, `reopen_rate`, `made_sla_share`; and of the
    last day of the period `open_count`, `median_age_days`, `older_than_30_days` (n: the open tickets). Raises
    ValueError for another.
    """
    asked = set(ALL if only is None else only)
    if unknown := asked.difference(ALL):
        raise ValueError(f"no headline is called {', '.join(sorted(unknown))}")
    comparison = compared(snapshot, filters)
    figures: dict[str, Figure] = {}
    if of_resolved := [name for name in OF_RESOLVED if name in asked]:
        count_them = _resolved_published if published(filters) else _resolved_computed
        rows = count_them(snapshot, filters, comparison, chosen(of_resolved))
        figures |= {name: _figure(rows, name, "resolved_count") for name in of_resolved}
    if "opened_count" in asked:
        opened = _opened(snapshot, filters, comparison)
        figures["opened_count"] = _figure(opened, "opened_count", "opened_count")
    if of_backlog := [name for name in OF_BACKLOG if name in asked]:
        open_then = _open_at_the_end(snapshot, filters, comparison)
        figures |= {name: _figure(open_then, name, "open_count") for name in of_backlog}
    return Headline(figures, comparison.after if comparison else None, comparison.before if comparison else None)


def _figure(rows: Mapping[str, _Row], name: str, count: str) -> Figure:
    """`rows` are those of `value`, `after` and `before`; a period that is not known has none, one of no ticket an empty
    one."""
    found: list[Any] = []
    for part in ("value", "after", "before"):
        row = rows.get(part)
        is_count = name.endswith("_count") or name == "older_than_30_days"
        value = None if row is None else row.get(name, 0 if is_count else None)
        found += [None if value is None or value != value else float(value), int((row or {}).get(count, 0))]
    return Figure(*found)


def _resolved_published(
    snapshot: Snapshot, filters: Filters, comparison: Comparison | None, figures: tuple[str, ...]
) -> dict[str, _Row]:
    rows = {"value": _only_row(resolved(snapshot, filters, only=figures))}
    if comparison and comparison.grain:
        periods = resolved(snapshot, filters, grain=comparison.grain, only=figures)
        for part, days in (("after", comparison.after), ("before", comparison.before)):
            rows[part] = _only_row(periods[periods["period_start"] == pd.Timestamp(days[0])])
    return rows


def _resolved_computed(
    snapshot: Snapshot, filters: Filters, comparison: Comparison | None, figures: tuple[str, ...]
) -> dict[str, _Row]:
    if comparison is None:
        return {"value": _only_row(of_tickets(snapshot, filters, None, "all", figures))}
    condition = tickets(without_period(filters), None)
    # Beyond the two periods only where the figures are of all days.
    bounds = "true" if comparison.grain else "resolved_at >= $before_first and resolved_at < $after_end"
    found = snapshot.frame(
        f"""
        with tickets as (
            select {PART_OF.format("resolved_at")} as part, {INPUTS}
            from sdm.itsm where {RESOLVED} and {condition.sql} and {bounds}
        )
        select coalesce(part, 'value') as part, {aggregated(figures)} from tickets
        group by grouping sets ({"(part), ()" if comparison.grain else "(part)"})
        having part is not null or grouping(part) = 1
        """,
        condition.parameters | parts(comparison),
    )
    return _by_part(found, comparison)


def _opened(snapshot: Snapshot, filters: Filters, comparison: Comparison | None) -> dict[str, _Row]:
    """Tickets that were opened within the history."""
    known = history(snapshot, filters.instance)
    days = shown(snapshot, filters)
    if known is None or days is None:
        return {"value": _NO_ROW}
    windows = {"value": days, **({"after": comparison.after, "before": comparison.before} if comparison else {})}
    bounds = {f"{part}_first": two[0] for part, two in windows.items()}
    bounds |= {f"{part}_end": two[1] for part, two in windows.items()}
    condition = tickets(without_period(filters), None)
    moment, source, counted = (
        ("as_of", "metrics.backlog where dimension = 'all' and", "sum(opened_count)")
        if filters.is_plain
        else ("opened_at", "sdm.itsm where opened_at >= $history and", "count(*)")
    )
    sums = ", ".join(
        f"coalesce({counted} filter (where {moment} >= ${part}_first and {moment} < ${part}_end), 0) as {part}"
        for part in windows
    )
    found = snapshot.frame(
        f"select {sums} from {source} {condition.sql}", {**condition.parameters, **bounds, "history": known[0]}
    )
    return {part: {"opened_count": found[part].iloc[0]} for part in windows}


def _open_at_the_end(snapshot: Snapshot, filters: Filters, comparison: Comparison | None) -> dict[str, _Row]:
    days = shown(snapshot, filters)
    if days is None:
        return {"value": _NO_ROW}
    known = history(snapshot, filters.instance)
    ends = {"value": days[1]}
    if comparison and known:
        # Of a period that is not over the last day there is.
        ends |= {"after": min(comparison.after[1], known[1]), "before": comparison.before[1]}
    last_days: dict[str, date] = {part: end - timedelta(days=1) for part, end in ends.items()}
    rows = at_ends(snapshot, filters, sorted(set(last_days.values())))
    return {part: rows.get(day, _NO_ROW) for part, day in last_days.items()}


def _by_part(found: pd.DataFrame, comparison: Comparison) -> dict[str, _Row]:
    rows = {str(row["part"]): row for row in found.to_dict("records")}
    after, before = rows.get("after", _NO_ROW), rows.get("before", _NO_ROW)
    return {"value": rows.get("value", _NO_ROW) if comparison.grain else after, "after": after, "before": before}


def _only_row(found: pd.DataFrame) -> _Row:
    return _NO_ROW if found.empty else found.to_dict("records")[0]
