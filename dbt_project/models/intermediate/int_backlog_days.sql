-- One row per ticket and day on which it counts for the backlog: from the day it was opened to the day it ended and was
-- closed, within the history and up to now.
with tickets as (
    select
        *,
        case
            when not is_open
                then greatest(opened_at, coalesce(resolved_at, closed_at, updated_at))
        end as end_at,
        case when not is_open and closed_at is not null then greatest(opened_at, closed_at) end as closed_end_at
    from {{ ref('itsm') }}
    where opened_at is not null
),

bounds as (
    select
        tickets.instance,
        cast(greatest(min(instances.history_start_at), min(tickets.opened_at)) as date) as first_day,
        cast(min(instances.now_at) as date) as last_day,
        min(instances.now_at) as now_at
    from tickets
    inner join {{ ref('int_instances') }} as instances on instances.instance = tickets.instance
    group by tickets.instance
),

days as (
    select
        instance,
        now_at,
        {{ days_between('first_day', 'last_day') }} as as_of
    from bounds
    where first_day <= last_day
),

midnights as (
    select
        *,
        cast(as_of as timestamp) as start_at,
        cast({{ later_by('as_of', 1, 'day') }} as timestamp) as end_at
    from days
),

ticket_days as (
    select
        tickets.instance,
        tickets.sys_id,
        tickets.priority,
        tickets.assignment_group,
        tickets.service,
        tickets.category,
        tickets.ci_name,
        tickets.opened_by_kind,
        tickets.contact_type,
        {%- for names in extra_column_names().values() %}
        {%- for name in names %}
        tickets.{{ name }},
        {%- endfor %}
        {%- endfor %}
        midnights.as_of,
        tickets.end_at is null or tickets.end_at >= midnights.end_at as is_open_then,
        tickets.closed_end_at is null or tickets.closed_end_at >= midnights.end_at as is_not_closed_then,
        tickets.opened_at >= midnights.start_at as is_opened_that_day,
        coalesce(tickets.end_at >= midnights.start_at and tickets.end_at < midnights.end_at, false)
            as is_ended_that_day,
        {{ ratio(seconds_between('tickets.opened_at', 'least(midnights.end_at, midnights.now_at)'), 86400) }}
            as age_days
    from tickets
    inner join midnights
        on midnights.instance = tickets.instance
        and tickets.opened_at < midnights.end_at
        and (
            tickets.end_at is null
            or tickets.end_at >= midnights.start_at
            or tickets.closed_end_at is null
            or tickets.closed_end_at >= midnights.start_at
        )
)

select *
from ticket_days
where is_open_then or is_not_closed_then or is_opened_that_day or is_ended_that_day
