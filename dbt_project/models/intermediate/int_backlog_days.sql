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

spans as (
    select
        tickets.*,
        instances.now_at,
        greatest(cast(tickets.opened_at as date), cast(instances.history_start_at as date)) as first_day,
        case
            when tickets.end_at < instances.now_at and tickets.closed_end_at < instances.now_at
                then cast(greatest(tickets.end_at, tickets.closed_end_at) as date)
            else cast(instances.now_at as date)
        end as last_day
    from tickets
    inner join {{ ref('int_instances') }} as instances on instances.instance = tickets.instance
),

days as (
    select
        *,
        {{ days_between('first_day', 'last_day') }} as as_of
    from spans
    where first_day <= last_day
),

midnights as (
    select
        *,
        cast(as_of as timestamp) as day_start_at,
        cast({{ later_by('as_of', 1, 'day') }} as timestamp) as day_end_at
    from days
),

ticket_days as (
    select
        instance,
        sys_id,
        priority,
        assignment_group,
        service,
        category,
        ci_name,
        opened_by_kind,
        contact_type,
        {%- for names in extra_column_names().values() %}
        {%- for name in names %}
        {{ name }},
        {%- endfor %}
        {%- endfor %}
        as_of,
        end_at is null or end_at >= day_end_at as is_open_then,
        closed_end_at is null or closed_end_at >= day_end_at as is_not_closed_then,
        opened_at >= day_start_at as is_opened_that_day,
        coalesce(end_at >= day_start_at and end_at < day_end_at, false) as is_ended_that_day,
        {{ ratio(seconds_between('opened_at', 'least(day_end_at, now_at)'), 86400) }} as age_days
    from midnights
)

select *
from ticket_days
where is_open_then or is_not_closed_then or is_opened_that_day or is_ended_that_day
