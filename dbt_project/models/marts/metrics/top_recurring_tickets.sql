with tickets as (
    select
        *,
        -- The clock of these tickets says nothing about effort.
        case when not has_bad_clock then resolve_minutes end as effort_minutes,
        row_number() over (
            partition by instance, recurring_key order by opened_at desc nulls last, sys_id
        ) as recency
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
        max(case when recency = 1 then number end) as example_number,
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
    recurring.example_number,
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
inner join templates on templates.recurring_key = recurring.recurring_key
