with tickets as (
    select
        instance,
        recurring_key,
        opened_at,
        ci_id,
        assignment_group_id,
        is_noise,
        -- The clock of these tickets says nothing about effort.
        case when not has_bad_clock then resolve_minutes end as effort_minutes
    from {{ ref('itsm') }}
    where not is_cancelled and recurring_key is not null
),

templates as (
    select distinct recurring_key, signature from {{ ref('int_title_signatures') }}
),

recurring as (
    select
        instance,
        recurring_key,
        count(*) as ticket_count,
        min(opened_at) as first_opened_at,
        max(opened_at) as last_opened_at,
        cast(count(distinct cast(opened_at as date)) as integer) as active_days,
        cast(count(distinct ci_id) as integer) as ci_count,
        cast(count(distinct assignment_group_id) as integer) as group_count,
        {{ quantile('effort_minutes', 0.5) }} as median_resolve_minutes,
        {{ minutes('coalesce(sum(cast(round(effort_minutes * 60) as bigint)), 0)') }} as total_resolve_minutes,
        {{ ratio(count_where('is_noise'), 'nullif(count(is_noise), 0)') }} as noise_share
    from tickets
    group by instance, recurring_key
    having count(*) >= 3
),

-- The ticket opened last stands for all; of several the one that comes first.
latest as (
    select tickets.instance, tickets.recurring_key, min(tickets.sys_id) as sys_id
    from {{ ref('itsm') }} as tickets
    inner join recurring
        on recurring.instance = tickets.instance
        and recurring.recurring_key = tickets.recurring_key
        and recurring.last_opened_at is not distinct from tickets.opened_at
    where not tickets.is_cancelled
    group by tickets.instance, tickets.recurring_key
),

examples as (
    select latest.instance, latest.recurring_key, tickets.number
    from latest
    inner join {{ ref('itsm') }} as tickets on tickets.instance = latest.instance and tickets.sys_id = latest.sys_id
)

select
    recurring.instance,
    cast(
        row_number() over (
            partition by recurring.instance
            order by recurring.ticket_count desc, recurring.total_resolve_minutes desc, recurring.recurring_key
        ) as integer
    ) as rank,
    recurring.recurring_key,
    templates.signature as title,
    examples.number as example_number,
    recurring.ticket_count,
    recurring.first_opened_at,
    recurring.last_opened_at,
    recurring.active_days,
    recurring.ci_count,
    recurring.group_count,
    recurring.median_resolve_minutes,
    recurring.total_resolve_minutes,
    recurring.noise_share
from recurring
inner join examples
    on examples.instance = recurring.instance and examples.recurring_key = recurring.recurring_key
inner join templates on templates.recurring_key = recurring.recurring_key
