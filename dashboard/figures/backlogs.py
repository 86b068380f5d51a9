"""What was open on a day, how old it was, and what is open now."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import pandas as pd

from dashboard.figures.conditions import Condition, published, tickets, without_period
from dashboard.figures.dimensions import column, labelled, on_all, value_of
from dashboard.figures.periods import DAY, now_at, shown
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

COUNTS = ("open_count", "not_closed_count", "opened_count", "ended_count", "older_than_30_days")
#: Buckets of age in days: from (exclusive), to (inclusive).
BUCKETS: tuple[tuple[str, float, float | None], ...] = (
    ("up to 1 day", 0, 1),
    ("1 to 3 days", 1, 3),
    ("3 to 7 days", 3, 7),
    ("7 to 14 days", 7, 14),
    ("14 to 30 days", 14, 30),
    ("30 to 90 days", 30, 90),
    ("over 90 days", 90, None),
)

#: When a ticket ended and was closed, NULL where it did not.
_ENDS = """
    opened_at,
    case when not is_open then greatest(opened_at, coalesce(resolved_at, closed_at, updated_at)) end as end_at,
    case when not is_open and closed_at is not null then greatest(opened_at, closed_at) end as closed_end_at
"""
_OPEN_ON_THE_LAST_DAY = """
    select dimension_value, opened_at, $last as as_of from spans where coalesce(ended_on > $last, true)
"""
#: Tickets on the days at whose end they were open, of all days or some. Sundays: `dayofweek` counts from them.
_OPEN_THEN = {
    "day": """
        select dimension_value, opened_at, cast(unnest(generate_series(
            greatest(opened_on, $first), least(coalesce(ended_on - 1, $last), $last), interval 1 day
        )) as date) as as_of
        from spans
    """,
    "week": f"""
        select dimension_value, opened_at, cast(unnest(generate_series(
            greatest(opened_on, $first) + cast((7 - dayofweek(greatest(opened_on, $first))) % 7 as integer),
            least(coalesce(ended_on - 1, $last - 1), $last - 1), interval 7 day
        )) as date) as as_of
        from spans
        union all {_OPEN_ON_THE_LAST_DAY}
    """,
    "last": _OPEN_ON_THE_LAST_DAY,
}
_AGE_DAYS = "cast(date_diff('second', opened_at, least({} + interval 1 day, $now)) as double) / 86400"


def backlog(
    snapshot: Snapshot,
    filters: Filters,
    *,
    by: str | None = None,
    ages: Literal["day", "week", "last"] = "week",
    last_day_only: bool = False,
) -> pd.DataFrame:
    """The backlog at the end of every day of the filters' period, or of the last of them alone.

    Columns: `as_of` (datetime64), `dimension_value` and `label` (None without `by`), `open_count`, `not_closed_count`,
    `opened_count`, `ended_count`, `median_age_days`, `older_than_30_days`; by day, then `open_count` descending. A day
    and value with no ticket in any count has no row. Filtered median ages cost most: `ages` says for which days they
    are computed, `week` is Sundays and the last day. Raises ValueError for an unknown dimension.
    """
    days, now = shown(snapshot, filters), now_at(snapshot, filters.instance)
    if by:
        column(snapshot, by)
    if days is None or now is None:
        return pd.DataFrame(columns=["as_of", "dimension_value", "label", *COUNTS[:4], "median_age_days", COUNTS[4]])
    if last_day_only:
        days = (days[1] - DAY, days[1])
    if rows := published(without_period(filters), by):
        found = _published(snapshot, rows, by, days)
    else:
        value = value_of(column(snapshot, by)) if by else "cast(null as varchar)"
        found = _computed(snapshot, filters, value, days, now, ages)
    found["label"] = labelled(snapshot, filters.instance, by, found["dimension_value"])
    return found.sort_values(
        ["as_of", "open_count", "dimension_value"], ascending=[True, False, True], ignore_index=True
    )[["as_of", "dimension_value", "label", *COUNTS[:4], "median_age_days", COUNTS[4]]]


def _published(snapshot: Snapshot, condition: Condition, by: str | None, days: tuple[date, date]) -> pd.DataFrame:
    return snapshot.frame(
        f"""
        select as_of, {"dimension_value" if by else "cast(null as varchar)"} as dimension_value,
            {", ".join(COUNTS)}, median_age_days
        from metrics.backlog where {condition.sql} and as_of >= $first and as_of < $end
        """,
        {**condition.parameters, "first": days[0], "end": days[1]},
    )


def _computed(
    snapshot: Snapshot,
    filters: Filters,
    value: str,
    days: tuple[date, date],
    now: datetime,
    ages: Literal["day", "week", "last"],
) -> pd.DataFrame:
    """Counts from what begins and ends each day: nobody has to look at every ticket on every day.

    A ticket is older than 30 days from the day on at whose end it is; on the last day, which ends now, by then.
    """
    condition = tickets(without_period(filters), None)
    last = days[1] - DAY
    return snapshot.frame(
        f"""
        with tickets as (
            select {value} as dimension_value, {_ENDS}
            from sdm.itsm where opened_at is not null and opened_at < $end and {condition.sql}
        ),
        spans as (
            select
                dimension_value, opened_at, end_at,
                cast(opened_at as date) as opened_on,
                cast(end_at as date) as ended_on,
                cast(closed_end_at as date) as closed_on,
                case
                    when cast(opened_at as date) + 30 < cast($now as date)
                        or opened_at + interval 30 day < $now then cast(opened_at as date) + 30
                end as aged_on
            from tickets
            where coalesce(end_at >= $first, true) or coalesce(closed_end_at >= $first, true)
        ),
        -- What happened before the first day counts as of that day, but was not opened then.
        events as (
            select dimension_value, greatest(opened_on, $first) as as_of, 1 as open_change, 1 as not_closed_change,
                (opened_on >= $first)::int as opened, 0 as ended, 0 as aged_change from spans
            union all
            select dimension_value, greatest(ended_on, $first), -1, 0, 0, (ended_on >= $first)::int, 0
            from spans where ended_on < $end
            union all
            select dimension_value, greatest(closed_on, $first), 0, -1, 0, 0, 0 from spans where closed_on < $end
            union all
            select dimension_value, greatest(aged_on, $first), 0, 0, 0, 0, 1
            from spans where aged_on < $end and coalesce(aged_on < ended_on, true)
            union all
            select dimension_value, greatest(ended_on, $first), 0, 0, 0, 0, -1
            from spans where ended_on < $end and aged_on < ended_on
        ),
        changes as (
            select dimension_value, as_of, sum(open_change) as open_change, sum(not_closed_change) as not_closed_change,
                sum(opened) as opened, sum(ended) as ended, sum(aged_change) as aged_change
            from events group by all
        ),
        grid as (
            select dimension_value, as_of
            from (select distinct dimension_value from changes),
                (select cast(unnest(generate_series($first, $last, interval 1 day)) as date) as as_of)
        ),
        counted as (
            select
                grid.dimension_value, grid.as_of,
                sum(open_change) over so_far as open_count,
                sum(not_closed_change) over so_far as not_closed_count,
                opened as opened_count,
                ended as ended_count,
                sum(aged_change) over so_far as older_than_30_days
            from grid left join changes
                on changes.dimension_value is not distinct from grid.dimension_value and changes.as_of = grid.as_of
            window so_far as (
                partition by grid.dimension_value order by grid.as_of
                rows between unbounded preceding and current row
            )
        ),
        aged as (
            select dimension_value, as_of, {_median_age("as_of")} as median_age_days
            from ({_OPEN_THEN[ages]})
            group by all
        )
        select
            counted.as_of, counted.dimension_value,
            coalesce(open_count, 0)::bigint as open_count, coalesce(not_closed_count, 0)::bigint as not_closed_count,
            coalesce(opened_count, 0)::bigint as opened_count, coalesce(ended_count, 0)::bigint as ended_count,
            coalesce(older_than_30_days, 0)::bigint as older_than_30_days,
            aged.median_age_days
        from counted left join aged
            on aged.dimension_value is not distinct from counted.dimension_value and aged.as_of = counted.as_of
        where coalesce(open_count, 0) + coalesce(not_closed_count, 0) + coalesce(opened_count, 0)
            + coalesce(ended_count, 0) > 0
        """,
        {**condition.parameters, "first": days[0], "end": days[1], "last": last, "now": now},
    )


def _median_age(day: str) -> str:
    return f"round(quantile_cont({_AGE_DAYS.format(day)}, 0.5), 9)"


def _published_at_ends(condition: Condition) -> str:
    return f"""
        select as_of, open_count, median_age_days, older_than_30_days from metrics.backlog
        where {condition.sql} and as_of = any($days) and open_count > 0
    """


def _computed_at_ends(condition: Condition) -> str:
    return f"""
        with tickets as (
            select * from (select {_ENDS} from sdm.itsm where opened_at < $end and {condition.sql})
            where coalesce(end_at >= $first_end, true)
        ),
        open_then as (
            select opened_at, as_of from tickets, (select unnest($days) as as_of)
            where opened_at < as_of + interval 1 day and coalesce(end_at >= as_of + interval 1 day, true)
        )
        select
            as_of, count(*) as open_count, {_median_age("as_of")} as median_age_days,
            count(*) filter (where {_AGE_DAYS.format("as_of")} > 30) as older_than_30_days
        from open_then group by as_of
    """


def at_ends(snapshot: Snapshot, filters: Filters, days: Sequence[date]) -> dict[date, Mapping[Hashable, Any]]:
    """`open_count`, `median_age_days`, `older_than_30_days` at the end of some days; the filters' period counts for
    nothing. A day with no open ticket has no entry."""
    now = now_at(snapshot, filters.instance)
    if now is None:
        return {}
    of_all_days = without_period(filters)
    if rows := published(of_all_days):
        condition, query = rows, _published_at_ends(rows)
    else:
        condition = tickets(of_all_days, None)
        query = _computed_at_ends(condition)
    found = snapshot.frame(
        query,
        {**condition.parameters, "days": list(days), "now": now, "end": max(days) + DAY, "first_end": min(days) + DAY},
    )
    return {row["as_of"].date(): row for row in found.to_dict("records")}


def ageing(snapshot: Snapshot, filters: Filters, *, by: str | None = None) -> pd.DataFrame:
    """Tickets open at the end of the last day of the filters' period, by age: `bucket` (text), `from_days` (exclusive),
    `to_days` (inclusive, NaN for the last), `open_count`, and with `by` also `dimension_value`, `label`.

    In the order of the buckets; without `by` all of them. Raises ValueError for an unknown dimension.
    """
    days, now = shown(snapshot, filters), now_at(snapshot, filters.instance)
    value = value_of(column(snapshot, by)) if by else "cast(null as varchar)"
    buckets = pd.DataFrame(BUCKETS, columns=["bucket", "from_days", "to_days"])
    if days is None or now is None:
        return buckets.assign(open_count=0) if by is None else buckets.head(0).assign(open_count=0)
    condition = tickets(without_period(filters), None)
    cases = " ".join(f"when age_days <= {to_days} then '{name}'" for name, _, to_days in BUCKETS if to_days is not None)
    found = snapshot.frame(
        f"""
        select dimension_value, case {cases} else '{BUCKETS[-1][0]}' end as bucket, count(*) as open_count
        from (
            select dimension_value, end_at, {_AGE_DAYS.format("cast($last as date)")} as age_days
            from (select {value} as dimension_value, {_ENDS} from sdm.itsm where opened_at < $end and {condition.sql})
            where coalesce(end_at >= $end, true)
        )
        group by all
        """,
        {**condition.parameters, "end": days[1], "last": days[1] - DAY, "now": now},
    )
    return on_all(buckets, found, "open_count", snapshot, filters, by)


def open_tickets(snapshot: Snapshot, filters: Filters, *, limit: int = 500) -> pd.DataFrame:
    """Open tickets, the oldest first: `instance`, `sys_id`, `number`, `short_description`, `priority`,
    `priority_label`, `assignment_group`, `assigned_to_name`, `service`, `state_label`, `opened_at`, `age_days`,
    `reassignment_count`. A period filters by the opening time."""
    condition = tickets(filters, "opened_at")
    return snapshot.frame(
        f"""
        select
            instance, sys_id, number, short_description, priority, priority_label, assignment_group, assigned_to_name,
            service, state_label, opened_at,
            cast(date_diff('second', opened_at, cast($now as timestamp)) as double) / 86400 as age_days,
            reassignment_count
        from sdm.itsm where is_open and {condition.sql}
        order by opened_at nulls last, number, sys_id limit $limit
        """,
        {**condition.parameters, "now": now_at(snapshot, filters.instance), "limit": limit},
    )
