"""Changes: how many fail, and what happens after them."""

from dataclasses import replace
from typing import Literal

import pandas as pd

from dashboard.figures.conditions import Condition, groups, period, services, tickets
from dashboard.figures.dimensions import value_of
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

#: By what changes may be split.
CHANGE_DIMENSIONS = ("type", "assignment_group")
#: A cancelled change was never carried out: it can neither fail nor succeed.
_CLOSED = "changes.closed_at is not null and not changes.is_open and not changes.is_cancelled"
#: The names of services of changes; one that its own table does not show may be a configuration item.
_SERVICES = """
    left join sdm.services as services
        on services.instance = changes.instance and services.sys_id = changes.service_id
    left join sdm.configuration_items as items
        on items.instance = changes.instance and items.sys_id = changes.service_id
"""


def changes(snapshot: Snapshot, filters: Filters, *, by: str | None = None) -> pd.DataFrame:
    """Closed changes by month: `period_start`, `dimension_value` (None without `by`), `closed_changes`,
    `failed_changes`, `failed_share`, `changes_with_linked_incident`, `changes_with_suspected_incident`; by month, then
    `closed_changes` descending.

    `by` is None, `type` or `assignment_group`, else ValueError. Changes have a group and a service; priorities do not
    filter them. A period filters by the day a change was closed.
    """
    if by not in (None, *CHANGE_DIMENSIONS):
        raise ValueError(f"no dimension {by!r} of changes; there are {', '.join(CHANGE_DIMENSIONS)}")
    order = " order by period_start, closed_changes desc, dimension_value"
    filters = replace(filters, priorities=())
    if filters.is_plain:
        return snapshot.frame(
            """
            select
                period_start, dimension_value, closed_changes, failed_changes, failed_share,
                changes_with_linked_incident, changes_with_suspected_incident
            from metrics.change_failure where instance = $instance and dimension = $dimension
            """
            + order,
            {"instance": filters.instance, "dimension": by or "all"},
        )
    condition = _of_changes(filters)
    return snapshot.frame(
        f"""
        with closed as (
            select
                changes.sys_id, changes.is_failed,
                cast(date_trunc('month', changes.closed_at) as date) as period_start,
                {value_of(f"changes.{by}") if by else "cast(null as varchar)"} as dimension_value
            from {_changes(filters)} where {condition.sql}
        ),
        incidents as (
            select
                change_id, max(case when link = 'caused_by' then 1 else 0 end) as has_linked,
                max(case when link = 'suspected' then 1 else 0 end) as has_suspected
            from sdm.incident_changes
            where instance = $instance and change_id in (select sys_id from closed) group by 1
        )
        select
            period_start, dimension_value,
            count(*) as closed_changes,
            count(*) filter (where is_failed) as failed_changes,
            cast(count(*) filter (where is_failed) as double) / count(*) as failed_share,
            count(*) filter (where incidents.has_linked = 1) as changes_with_linked_incident,
            count(*) filter (where incidents.has_suspected = 1) as changes_with_suspected_incident
        from closed left join incidents on incidents.change_id = closed.sys_id
        group by all
        """
        + order,
        condition.parameters,
    )


def change_incidents(
    snapshot: Snapshot, filters: Filters, *, kind: Literal["linked", "suspected"], limit: int = 200
) -> pd.DataFrame:
    """Incidents and the closed change that explains them, best score first, then the newest: `instance`, `change_id`,
    `change_number`, `change_description`, `change_group`, `change_closed_at`, `is_failed`, `incident_id`,
    `incident_number`, `incident_description`, `incident_priority_label`, `incident_opened_at`, `score` (0 to 1),
    `reason`.

    `linked`: the incident names the change as its cause (never a guess). Period, groups and services are those of the
    change, priorities those of the incident.
    """
    condition = _of_changes(filters)
    of_incident = tickets(Filters(filters.instance, priorities=filters.priorities), None, table="incidents")
    return snapshot.frame(
        f"""
        with links as materialized (
            select
                links.incident_id, links.score, links.rowid as place,
                changes.sys_id as change_id, changes.rowid as change_place
            from {_changes(filters)} inner join sdm.incident_changes as links
                on links.instance = changes.instance and links.change_id = changes.sys_id and links.link = $link
            where {condition.sql}
        ),
        best as (
            select links.place, links.incident_id, links.change_place, incidents.rowid as incident_place
            from links inner join sdm.itsm as incidents on incidents.sys_id = links.incident_id
            where {of_incident.sql}
            order by links.score desc, incidents.opened_at desc nulls last, incidents.sys_id, links.change_id
            limit $limit
        )
        -- The texts of the shown ones alone.
        select
            changes.instance, changes.sys_id as change_id, changes.number as change_number,
            changes.short_description as change_description, changes.assignment_group as change_group,
            changes.closed_at as change_closed_at, changes.is_failed,
            best.incident_id, incidents.number as incident_number,
            incidents.short_description as incident_description, incidents.priority_label as incident_priority_label,
            incidents.opened_at as incident_opened_at, links.score, links.reason
        from best
        inner join sdm.incident_changes as links on links.rowid = best.place
        inner join sdm.changes as changes on changes.rowid = best.change_place
        inner join sdm.itsm as incidents on incidents.rowid = best.incident_place
        order by links.score desc, incidents.opened_at desc nulls last, best.incident_id, changes.sys_id
        """,
        {
            **condition.parameters,
            **of_incident.parameters,
            "link": {"linked": "caused_by", "suspected": "suspected"}[kind],
            "limit": limit,
        },
    )


def _changes(filters: Filters) -> str:
    """The changes, with their services where they are asked for."""
    return "sdm.changes as changes" + (_SERVICES if filters.services else "")


def _of_changes(filters: Filters) -> Condition:
    return (
        Condition(f"changes.instance = $instance and {_CLOSED}", {"instance": filters.instance})
        & period(filters.since, filters.until, "changes.closed_at")
        & groups(filters, "changes.assignment_group")
        & services(filters, "coalesce(services.name, items.name)")
    )
