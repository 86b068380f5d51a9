-- By number: distinct values are counted in less time by a number than by the text it stands for.
with titles as (
    select
        recurring_key,
        signature,
        row_number() over (order by recurring_key, signature) as title_number
    from (
        select distinct recurring_key, signature from {{ ref('int_title_signatures') }}
    ) as signatures
),

tickets as (
    select
        itsm.instance,
        titles.title_number,
        itsm.opened_at,
        itsm.ci_id,
        itsm.assignment_group_id,
        itsm.is_noise,
        -- The clock of these tickets says nothing about effort.
        case when not itsm.has_bad_clock then itsm.resolve_minutes end as effort_minutes
    from {{ ref('itsm') }} as itsm
    inner join titles on titles.recurring_key = itsm.recurring_key
    where not itsm.is_cancelled
),

figures as (
    select
        instance,
        title_number,
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
    group by instance, title_number
    having count(*) >= 3
),

recurring as (
    select figures.*, titles.recurring_key, titles.signature
    from figures
    inner join titles on titles.title_number = figures.title_number
),

-- The ticket opened last stands for all; of several the one that comes first.
latest as (
    select
        recurring.instance,
        recurring.recurring_key,
        tickets.number,
        row_number() over (
            partition by recurring.instance, recurring.recurring_key order by tickets.sys_id
        ) as place
    from {{ ref('itsm') }} as tickets
    inner join recurring
        on recurring.instance = tickets.instance
        and recurring.recurring_key = tickets.recurring_key
        and recurring.last_opened_at is not distinct from tickets.opened_at
    where not tickets.is_cancelled
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
    recurring.signature as title,
    latest.number as example_number,
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
inner join latest
    on latest.instance = recurring.instance and latest.recurring_key = recurring.recurring_key and latest.place = 1
