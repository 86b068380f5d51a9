"""Figures of resolved tickets, tickets left out of them, and volume."""

from collections.abc import Iterable

import pandas as pd

from dashboard.figures.aggregates import FIGURES, INPUTS, OF_TASK_SLAS, TABLES, aggregated, chosen
from dashboard.figures.conditions import RESOLVED, Condition, published, tickets
from dashboard.figures.dimensions import column, labelled, value_of
from dashboard.figures.periods import shown
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

GRAINS = ("all", "month", "week", "day")
#: SLAs that count, as in the metrics.
_COUNTED_SLAS = (
    "has_breached is not null and lower(trim(coalesce(stage, ''), concat(' ', chr(9), chr(10), chr(13))))"
    " not in ('cancelled', 'canceled')"
)


def resolved(
    snapshot: Snapshot,
    filters: Filters,
    *,
    by: str | None = None,
    grain: str = "all",
    only: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Figures of the resolved tickets, a row per period and value of the dimension `by`.

    Columns: `period_start` (datetime64, NaT for grain `all`), `dimension_value` and its `label` (None without `by`),
    `is_partial` (the history, now or the filter cuts the period), `resolved_count`; `mttr_minutes`, `median_minutes`,
    `p90_minutes`, `business_mttr_minutes`, `child_count`, `mttr_without_children_minutes`; `mean_reassignments`,
    `p90_reassignments`, `zero_share`, `three_plus_share`; `noise_count`, `noise_share`, `noise_by_code_count`,
    `noise_untouched_count`; `reopened_count`, `reopen_rate`; `made_sla_count`, `made_sla_share`, `task_sla_count`,
    `task_sla_met_share`. `only` names those to compute (None: all); name them where filters change while somebody
    waits, quantiles and the two of task SLAs cost most. In the order of periods, then `resolved_count` descending. Only
    periods and values with resolved tickets. Raises ValueError for an unknown grain, dimension or figure.
    """
    if grain not in GRAINS:
        raise ValueError(f"no grain {grain!r}; there are {', '.join(GRAINS)}")
    figures = chosen(only)
    if by:
        column(snapshot, by)
    if rows := published(filters, by):
        found = _published(snapshot, rows, by, grain, figures)
    else:
        found = _computed(snapshot, filters, by, grain, figures)
    return arranged(found, snapshot, filters, by, figures)


def arranged(
    found: pd.DataFrame, snapshot: Snapshot, filters: Filters, by: str | None, figures: Iterable[str]
) -> pd.DataFrame:
    """Rows of `resolved` with their labels, its columns and its order."""
    found["label"] = labelled(snapshot, filters.instance, by, found["dimension_value"])
    ordered = found.sort_values(
        ["period_start", "resolved_count", "dimension_value"], ascending=[True, False, True], ignore_index=True
    )
    return ordered[["period_start", "dimension_value", "label", "is_partial", *figures]]


def _published(
    snapshot: Snapshot, condition: Condition, by: str | None, grain: str, figures: tuple[str, ...]
) -> pd.DataFrame:
    tables = [table for table, columns in TABLES.items() if set(columns) & set(figures)] or ["mttr"]
    rows = f"(select * from metrics.{{}} where grain = $grain and {condition.sql}) as {{}}"
    joins = [
        f" inner join {rows.format(table, table)} on {table}.period_start is not distinct from {tables[0]}.period_start"
        f" and {table}.dimension_value is not distinct from {tables[0]}.dimension_value"
        for table in tables[1:]
    ]
    home = {name: table for table in reversed(tables) for name in ("resolved_count", *TABLES[table])}
    return snapshot.frame(
        f"select {tables[0]}.period_start, {tables[0]}.is_partial, "
        + (f"{tables[0]}.dimension_value, " if by else "cast(null as varchar) as dimension_value, ")
        + ", ".join(f"{home[name]}.{name}" for name in figures)
        + f" from {rows.format(tables[0], tables[0])}{''.join(joins)}",
        {**condition.parameters, "grain": grain},
    )


def _computed(
    snapshot: Snapshot, filters: Filters, by: str | None, grain: str, figures: tuple[str, ...]
) -> pd.DataFrame:
    found = of_tickets(snapshot, filters, by, grain, figures)
    if set(OF_TASK_SLAS) & set(figures):
        # Missing keys are equal to each other in a merge of frames.
        slas = of_task_slas(snapshot, filters, by, grain)
        found = found.merge(slas, how="left", on=["period_start", "dimension_value"])
        found["task_sla_count"] = found["task_sla_count"].fillna(0).astype("int64")
    return found


def of_tickets(
    snapshot: Snapshot, filters: Filters, by: str | None, grain: str, figures: tuple[str, ...] = FIGURES
) -> pd.DataFrame:
    """Figures from `sdm.itsm`, whatever the filters: those of `resolved` but for task SLAs and labels."""
    condition = tickets(filters, "resolved_at")
    return snapshot.frame(
        f"""
        with tickets as (
            select {_period(grain)} as period_start, {_value(snapshot, by)} as dimension_value, {INPUTS}
            from sdm.itsm where {RESOLVED} and {condition.sql}
        ),
        figures as (
            select period_start, dimension_value, {aggregated(figures)} from tickets group by all
        ),
        cut as (
            select period_start, is_partial from metrics.mttr
            where instance = $instance and grain = $grain and dimension = 'all'
        )
        select
            figures.*,
            coalesce(cut.is_partial, false) or coalesce(figures.period_start < $since, false)
            or coalesce({_next(grain)} > $until, false) as is_partial
        from figures left join cut on cut.period_start = figures.period_start
        """.replace("$since", "$since" if filters.since else "cast(null as date)").replace(
            "$until", "$until" if filters.until else "cast(null as date)"
        ),
        {**condition.parameters, "grain": grain},
    )


def of_task_slas(snapshot: Snapshot, filters: Filters, by: str | None, grain: str) -> pd.DataFrame:
    """`task_sla_count`, `task_sla_met_share` of resolved tickets that have SLAs, by period and value."""
    condition = tickets(filters, "resolved_at")
    return snapshot.frame(
        f"""
        with tickets as (
            select sys_id, {_period(grain)} as period_start, {_value(snapshot, by)} as dimension_value
            from sdm.itsm where {RESOLVED} and {condition.sql}
        )
        select
            tickets.period_start, tickets.dimension_value,
            count(*) as task_sla_count,
            cast(count(*) filter (where not slas.has_breached) as double) / count(*) as task_sla_met_share
        from sdm.task_slas as slas inner join tickets on tickets.sys_id = slas.ticket_id
        where slas.instance = $instance and {_COUNTED_SLAS}
        group by all
        """,
        condition.parameters,
    )


def excluded(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Tickets in no figure of resolved tickets: `reason` (see `definitions.EXCLUDED`), `ticket_count`, descending.

    A period filters by the opening time, as most of them have no other.
    """
    if filters.is_plain:
        return snapshot.frame(
            "select reason, ticket_count from metrics.excluded where instance = $instance"
            " order by ticket_count desc, reason",
            {"instance": filters.instance},
        )
    condition = tickets(filters, "opened_at")
    return snapshot.frame(
        f"""
        select reason, count(*) as ticket_count
        from (
            select case
                when is_cancelled then 'cancelled'
                when is_open then 'open'
                when resolved_at is null then 'not_resolved'
                when has_bad_clock then 'bad_clock'
            end as reason
            from sdm.itsm where {condition.sql}
        )
        where reason is not null group by reason order by ticket_count desc, reason
        """,
        condition.parameters,
    )


def volume(snapshot: Snapshot, filters: Filters, *, grain: str = "week") -> pd.DataFrame:
    """Tickets opened and resolved: `period_start`, `is_partial`, `opened_count`, `resolved_count`.

    `grain` is `month`, `week` or `day`. Every period of the history that the filters touch, zeros too; tickets that
    were opened before the history are not counted as opened. `is_partial`: the history or the filter cuts the period.
    Raises ValueError for another grain.
    """
    if grain not in GRAINS[1:]:
        raise ValueError(f"no grain {grain!r} of volume; there are {', '.join(GRAINS[1:])}")
    days = shown(snapshot, filters)
    if days is None:
        return pd.DataFrame(columns=["period_start", "is_partial", "opened_count", "resolved_count"])
    rows = published(filters)
    counted = _published_volume(rows) if rows else _computed_volume(filters)
    return snapshot.frame(
        f"""
        with days as ({counted}),
        periods as (
            select cast(unnest(generate_series(
                date_trunc($grain, cast($first as date)), cast($end as date) - 1, interval '1 {grain}'
            )) as date) as period_start
        )
        select
            periods.period_start,
            periods.period_start < $first or {_next(grain, "periods.period_start")} > $end as is_partial,
            coalesce(sum(days.opened_count), 0)::bigint as opened_count,
            coalesce(sum(days.resolved_count), 0)::bigint as resolved_count
        from periods left join days
            on date_trunc($grain, days.day) = periods.period_start and days.day >= $first and days.day < $end
        group by periods.period_start order by periods.period_start
        """,
        {**(rows or tickets(filters, None)).parameters, "grain": grain, "first": days[0], "end": days[1]},
    )


def _published_volume(condition: Condition) -> str:
    return f"""
        select as_of as day, opened_count, 0 as resolved_count from metrics.backlog where {condition.sql}
        union all
        select period_start, 0, resolved_count from metrics.mttr where grain = 'day' and {condition.sql}
    """


def _computed_volume(filters: Filters) -> str:
    condition = tickets(filters, None).sql
    return f"""
        select cast(opened_at as date) as day, count(*) as opened_count, 0 as resolved_count from sdm.itsm
        where opened_at >= $first and opened_at < $end and {condition} group by 1
        union all
        select cast(resolved_at as date), 0, count(*) from sdm.itsm
        where resolved_at >= $first and resolved_at < $end and {RESOLVED} and {condition} group by 1
    """


def _period(grain: str) -> str:
    return "cast(null as date)" if grain == "all" else f"cast(date_trunc('{grain}', resolved_at) as date)"


def _next(grain: str, start: str = "figures.period_start") -> str:
    """When the next period begins."""
    return "cast(null as timestamp)" if grain == "all" else f"{start} + interval '1 {grain}'"


def _value(snapshot: Snapshot, by: str | None) -> str:
    return value_of(column(snapshot, by)) if by else "cast(null as varchar)"
