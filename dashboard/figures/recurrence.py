"""Tickets that come back: groups of titles that are alike."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

import pandas as pd

from dashboard.figures.conditions import tickets
from dashboard.figures.dimensions import value_of
from dashboard.figures.periods import shown
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

#: Tickets that are grouped.
_GROUPED = "not is_cancelled and recurring_key is not null"
#: A broken clock says nothing about effort.
_EFFORT_SECONDS = "case when not has_bad_clock then cast(round(resolve_minutes * 60) as bigint) end"
_TOTAL_MINUTES = "cast(coalesce(sum(effort_seconds), 0) as double) / 60"
_ORDERS = {
    "count": "ticket_count desc, total_resolve_minutes desc, recurring_key",
    "effort": "total_resolve_minutes desc, ticket_count desc, recurring_key",
}


def recurring(
    snapshot: Snapshot, filters: Filters, *, order: Literal["count", "effort"] = "count", limit: int = 50
) -> pd.DataFrame:
    """Groups of at least 3 tickets: `rank` (by `order`), `recurring_key`, `title` (the template), `example_number`,
    `ticket_count`, `first_opened_at`, `last_opened_at`, `active_days`, `ci_count`, `group_count`,
    `median_resolve_minutes`, `total_resolve_minutes`, `noise_share`. A period filters by the opening time."""
    columns = f"""
        cast(row_number() over (order by {_ORDERS[order]}) as integer) as rank, recurring_key, title, example_number,
        ticket_count, first_opened_at, last_opened_at, active_days, ci_count, group_count, median_resolve_minutes,
        total_resolve_minutes, noise_share
    """
    if filters.is_plain:
        return snapshot.frame(
            f"select {columns} from metrics.top_recurring_tickets where instance = $instance"
            f" order by {_ORDERS[order]} limit $limit",
            {"instance": filters.instance, "limit": limit},
        )
    condition = tickets(filters, "opened_at")
    return snapshot.frame(
        f"""
        with tickets as (
            select
                sys_id, number, recurring_key, opened_at, ci_id, assignment_group_id, is_noise,
                case when not has_bad_clock then resolve_minutes end as effort_minutes,
                {_EFFORT_SECONDS} as effort_seconds
            from sdm.itsm where {_GROUPED} and {condition.sql}
        ),
        recurring as (
            select
                recurring_key,
                first(number order by opened_at desc nulls last, sys_id) as example_number,
                count(*) as ticket_count,
                min(opened_at) as first_opened_at,
                max(opened_at) as last_opened_at,
                cast(count(distinct cast(opened_at as date)) as integer) as active_days,
                cast(count(distinct ci_id) as integer) as ci_count,
                cast(count(distinct assignment_group_id) as integer) as group_count,
                round(quantile_cont(effort_minutes, 0.5), 9) as median_resolve_minutes,
                {_TOTAL_MINUTES} as total_resolve_minutes,
                cast(count(*) filter (where is_noise) as double) / nullif(count(is_noise), 0) as noise_share
            from tickets group by recurring_key having count(*) >= 3
        ),
        titles as (
            select recurring_key, title from metrics.top_recurring_tickets where instance = $instance
        )
        select {columns}
        from recurring inner join titles using (recurring_key)
        order by rank limit $limit
        """,
        {**condition.parameters, "limit": limit},
    )


def recurring_sizes(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """`ticket_count` and `total_resolve_minutes` of every row of `recurring`, in a tenth of its time."""
    condition = tickets(filters, "opened_at")
    return snapshot.frame(
        f"""
        select count(*) as ticket_count, {_TOTAL_MINUTES} as total_resolve_minutes
        from (
            select recurring_key, {_EFFORT_SECONDS} as effort_seconds
            from sdm.itsm where {_GROUPED} and {condition.sql}
        )
        group by recurring_key having count(*) >= 3
        """,
        condition.parameters,
    )


def recurring_weeks(snapshot: Snapshot, filters: Filters, keys: Sequence[str]) -> pd.DataFrame:
    """Tickets by week of opening for sparklines: `recurring_key`, `period_start`, `ticket_count`.

    All keys have the weeks of the history that the filters touch, zeros too, in order.
    """
    days = shown(snapshot, filters)
    if days is None or not keys:
        return pd.DataFrame(columns=["recurring_key", "period_start", "ticket_count"])
    condition = tickets(filters, "opened_at")
    return snapshot.frame(
        f"""
        with counted as (
            select recurring_key, cast(date_trunc('week', opened_at) as date) as period_start, count(*) as ticket_count
            from sdm.itsm
            where {_GROUPED} and recurring_key = any($keys) and opened_at >= $first and opened_at < $end
                and {condition.sql}
            group by all
        ),
        weeks as (
            select cast(unnest(generate_series(
                date_trunc('week', cast($first as date)), $last, interval 7 day
            )) as date) as period_start
        )
        select keys.recurring_key, weeks.period_start, coalesce(counted.ticket_count, 0)::bigint as ticket_count
        from (select unnest($keys) as recurring_key) as keys cross join weeks left join counted
            on counted.recurring_key = keys.recurring_key and counted.period_start = weeks.period_start
        order by 1, 2
        """,
        {
            **condition.parameters,
            "keys": list(keys),
            "first": days[0],
            "end": days[1],
            "last": days[1] - timedelta(days=1),
        },
    )


def recurring_tickets(snapshot: Snapshot, filters: Filters, key: str, *, limit: int = 200) -> pd.DataFrame:
    """The tickets of one group, the newest first: `instance`, `sys_id`, `number`, `short_description`, `state_label`,
    `priority_label`, `assignment_group`, `ci_name`, `service`, `opened_at`, `resolved_at`, `resolve_minutes`,
    `close_code`, `is_noise`, `close_notes`."""
    condition = tickets(filters, "opened_at")
    return snapshot.frame(
        f"""
        select
            instance, sys_id, number, short_description, state_label, priority_label, assignment_group, ci_name,
            service, opened_at, resolved_at, resolve_minutes, close_code, is_noise, close_notes
        from sdm.itsm where {_GROUPED} and recurring_key = $key and {condition.sql}
        order by opened_at desc nulls last, sys_id limit $limit
        """,
        {**condition.parameters, "key": key, "limit": limit},
    )


def recurring_spread(snapshot: Snapshot, filters: Filters, key: str) -> pd.DataFrame:
    """Where the tickets of one group are: `dimension` (`ci`, `assignment_group`, `service`), `dimension_value`,
    `ticket_count`; descending within each."""
    condition = tickets(filters, "opened_at")
    return snapshot.frame(
        f"""
        select dimension, dimension_value, count(*) as ticket_count
        from (
            select
                unnest(['ci', 'assignment_group', 'service']) as dimension,
                unnest([{value_of("ci_name")}, {value_of("assignment_group")}, {value_of("service")}])
                    as dimension_value
            from sdm.itsm where {_GROUPED} and recurring_key = $key and {condition.sql}
        )
        group by all order by dimension, ticket_count desc, dimension_value
        """,
        {**condition.parameters, "key": key},
    )
