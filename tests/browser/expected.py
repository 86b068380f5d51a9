"""What pages must show, asked of the published file in SQL that shares nothing with the dashboard's.

A figure of all tickets is what `metrics` says; a filtered one is counted again over `sdm`. Durations are minutes, ages
days, shares 0 to 1, as in the file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

Figures = dict[str, float]

#: By page: figures of all tickets, as the metrics have them.
PUBLISHED: Mapping[str, str] = {
    "Overview": """
        select resolved_count, mttr_minutes, median_minutes, p90_minutes, business_mttr_minutes, open_count,
            made_sla_share, reopen_rate, noise_share, three_plus_share
        from metrics.mttr
        join metrics.reassignment using (instance, grain, dimension, resolved_count)
        join metrics.noise using (instance, grain, dimension, resolved_count)
        join metrics.reopen using (instance, grain, dimension, resolved_count)
        join metrics.sla using (instance, grain, dimension, resolved_count)
        join metrics.backlog using (instance, dimension)
        where grain = 'all' and dimension = 'all' and as_of = (select max(as_of) from metrics.backlog)
    """,
    "Time to resolve": """
        select resolved_count, mttr_minutes, median_minutes, p90_minutes, business_mttr_minutes
        from metrics.mttr where grain = 'all' and dimension = 'all'
    """,
    "Recurring tickets": """
        select count(*) as recurring_titles, sum(ticket_count) as recurring_tickets,
            sum(total_resolve_minutes) as recurring_minutes
        from metrics.top_recurring_tickets
    """,
    "Reassignments": """
        select zero_share, three_plus_share, mean_reassignments
        from metrics.reassignment where grain = 'all' and dimension = 'all'
    """,
    "Backlog and ageing": """
        select open_count, median_age_days, older_than_30_days
        from metrics.backlog where dimension = 'all' and as_of = (select max(as_of) from metrics.backlog)
    """,
    "Changes": """
        select sum(failed_changes) / sum(closed_changes) as failed_share, sum(closed_changes) as closed_changes,
            sum(changes_with_linked_incident) / sum(closed_changes) as linked_share,
            sum(changes_with_suspected_incident) / sum(closed_changes) as suspected_share
        from metrics.change_failure where dimension = 'all'
    """,
}

#: Resolved tickets, counted again; `{}` takes further conditions.
RESOLVED = """
    select count(*) as resolved_count,
        avg(resolve_minutes) as mttr_minutes,
        quantile_cont(resolve_minutes, 0.5) as median_minutes,
        quantile_cont(resolve_minutes, 0.9) as p90_minutes,
        avg(business_minutes) as business_mttr_minutes,
        avg(cast(made_sla as integer)) as made_sla_share,
        avg(cast(reopen_count > 0 as integer)) as reopen_rate,
        avg(cast(is_noise as integer)) as noise_share,
        avg(cast(reassignment_count = 0 as integer)) as zero_share,
        avg(cast(reassignment_count >= 3 as integer)) as three_plus_share,
        avg(reassignment_count) as mean_reassignments
    from sdm.itsm
    where not is_cancelled and not is_open and resolved_at is not null and not has_bad_clock {}
"""

#: Tickets open at the end of the last day of the backlog; `{}` takes further conditions.
OPEN = """
    with last as (select max(as_of) + 1 as midnight from metrics.backlog)
    select count(*) as open_count
    from sdm.itsm, last
    where opened_at < midnight {}
        and (is_open or greatest(opened_at, coalesce(resolved_at, closed_at, updated_at)) >= midnight)
"""


def rows(data_dir: Path, sql: str, *values: object) -> list[dict[str, Any]]:
    """The rows of a statement over the version that readers find now."""
    with duckdb.connect(str((data_dir / "itsm.duckdb").resolve()), read_only=True) as connection:
        found = connection.execute(sql, list(values))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def figures(data_dir: Path, sql: str, *values: object) -> Figures:
    """The one row of a statement."""
    (row,) = rows(data_dir, sql, *values)
    return row


def first(data_dir: Path, sql: str, *values: object) -> str:
    """The one cell of a statement, as text."""
    (cell,) = figures(data_dir, sql, *values).values()
    return str(cell)
