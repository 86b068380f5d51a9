"""The ways of tickets between assignment groups (`sdm.group_moves`)."""

import pandas as pd

from dashboard.figures.aggregates import quantile
from dashboard.figures.conditions import Condition, tickets, without_period
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

#: Both from one list: the engine sees that they are the same aggregate, and computes it once.
_QUANTILES = "quantile_cont(cast(minutes_held as double), [0.5, 0.9])"


def routes(snapshot: Snapshot, filters: Filters, *, limit: int = 50) -> pd.DataFrame:
    """Moves from group to group: `from_group`, `to_group`, `moves`, `tickets`, `ping_pong_tickets`,
    `median_minutes_held` (by `from_group` before the move); `moves` descending. A period filters by the time of the
    move, groups by the group that the ticket has now."""
    if filters.is_plain:
        return snapshot.frame(
            """
            select from_group, to_group, moves, tickets, ping_pong_tickets, median_minutes_held
            from metrics.reassignment_paths where instance = $instance
            order by moves desc, from_group, to_group limit $limit
            """,
            {"instance": filters.instance, "limit": limit},
        )
    condition = _moves(filters)
    return snapshot.frame(
        f"""
        with shown as (
            select from_group, to_group, count(*) as moves from sdm.group_moves where {condition.sql}
            group by all order by moves desc, from_group, to_group limit $limit
        )
        -- The costly columns for the shown routes alone.
        select
            from_group, to_group, count(*) as moves, count(distinct sys_id) as tickets,
            count(distinct case when is_return then sys_id end) as ping_pong_tickets,
            {quantile("minutes_held", 0.5)} as median_minutes_held
        from sdm.group_moves semi join shown using (from_group, to_group) where {condition.sql}
        group by all order by moves desc, from_group, to_group
        """,
        {**condition.parameters, "limit": limit},
    )


def ping_pong(snapshot: Snapshot, filters: Filters, *, limit: int = 100) -> pd.DataFrame:
    """Tickets that came back to a group that had held them, most returns first: `instance`, `sys_id`, `number`,
    `short_description`, `priority_label`, `assignment_group`, `moves`, `returns`, `path` (all of its groups,
    `A → B → A`), `resolve_minutes`. A period filters by the time of the move."""
    condition, of_ticket = _moves(filters), tickets(without_period(filters), None, table="itsm")
    return snapshot.frame(
        f"""
        with worst as (
            select instance, sys_id, count(*) as returns, max(move) as last_return
            from sdm.group_moves where is_return and {condition.sql}
            group by all order by returns desc, last_return desc, sys_id limit $limit
        ),
        paths as (
            select
                instance, sys_id, count(*) as moves,
                first(from_group order by move) || ' → ' || string_agg(to_group, ' → ' order by move) as path
            from sdm.group_moves
            where instance = $instance and sys_id in (select sys_id from worst) group by all
        ),
        places as (
            select worst.*, itsm.rowid as place
            from worst inner join sdm.itsm as itsm using (instance, sys_id) where {of_ticket.sql}
        )
        -- The texts of the shown tickets alone.
        select
            places.instance, places.sys_id, itsm.number, itsm.short_description, itsm.priority_label,
            itsm.assignment_group, paths.moves, places.returns, paths.path, itsm.resolve_minutes
        from places inner join paths using (instance, sys_id) inner join sdm.itsm as itsm on itsm.rowid = places.place
        order by returns desc, last_return desc, sys_id
        """,
        {**condition.parameters, "limit": limit},
    )


def time_held(snapshot: Snapshot, filters: Filters, *, limit: int = 50) -> pd.DataFrame:
    """How long groups hold tickets before they pass them on: `from_group`, `moves`, `tickets`, `median_minutes_held`,
    `p90_minutes_held`, `total_minutes_held`; total descending. Filters as for `routes`."""
    condition = _moves(filters)
    return snapshot.frame(
        f"""
        select
            from_group, count(*) as moves, count(distinct sys_id) as tickets,
            round({_QUANTILES}[1], 9) as median_minutes_held,
            round({_QUANTILES}[2], 9) as p90_minutes_held,
            cast(coalesce(sum(cast(round(minutes_held * 60) as bigint)), 0) as double) / 60 as total_minutes_held
        from sdm.group_moves where {condition.sql}
        group by all order by total_minutes_held desc, from_group limit $limit
        """,
        {**condition.parameters, "limit": limit},
    )


def _moves(filters: Filters) -> Condition:
    """Rows of `sdm.group_moves` by all filters: it has the columns of the ticket that they go by."""
    return tickets(filters, "moved_at")
