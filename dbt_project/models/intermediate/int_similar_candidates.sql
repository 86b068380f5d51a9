-- For each open ticket the resolved ones that are worth a comparison, so that the work grows with the open tickets and
-- not with their square: the latest of the same title and of the same configuration item, and the latest of the titles
-- that share most of its rare words. With what they are compared by, so that nobody has to look a million up again.
{%- set latest = 20 %}
{%- set near_titles = 10 %}
{%- set latest_of_near_title = 5 %}
{%- set rare = 50 %}
with open_tickets as (
    select instance, sys_id, recurring_key, ci_id, service_id
    from {{ ref('itsm') }}
    where is_open
),

resolved as (
    select instance, sys_id, recurring_key, ci_id, service_id, resolved_at
    from {{ ref('itsm') }} as tickets
    where {{ is_resolved_ticket('tickets') }}
),

open_titles as (
    select distinct recurring_key from open_tickets where recurring_key is not null
),

open_cis as (
    select distinct instance, ci_id from open_tickets where ci_id is not null
),

title_words as (
    select * from {{ ref('int_title_words') }} where signature_count <= {{ rare }}
),

ranked_titles as (
    select
        open_titles.recurring_key,
        others.recurring_key as near_key,
        row_number() over (
            partition by open_titles.recurring_key order by sum(own.weight) desc, others.recurring_key
        ) as place
    from open_titles
    inner join title_words as own on own.recurring_key = open_titles.recurring_key
    inner join title_words as others
        on others.word = own.word and others.recurring_key <> own.recurring_key
    group by open_titles.recurring_key, others.recurring_key
),

-- From when on the latest were resolved: few are left to be put in order.
title_bounds as (
    select instance, recurring_key, {{ greatest_down_to('resolved_at', latest) }} as resolved_at
    from resolved
    where recurring_key is not null
    group by instance, recurring_key
),

ci_bounds as (
    select resolved.instance, resolved.ci_id, {{ greatest_down_to('resolved.resolved_at', latest) }} as resolved_at
    from resolved
    inner join open_cis on open_cis.instance = resolved.instance and open_cis.ci_id = resolved.ci_id
    group by resolved.instance, resolved.ci_id
),

latest_of_titles as (
    select
        resolved.*,
        row_number() over (
            partition by resolved.instance, resolved.recurring_key order by resolved.resolved_at desc, resolved.sys_id
        ) as place
    from resolved
    inner join title_bounds
        on title_bounds.instance = resolved.instance
        and title_bounds.recurring_key = resolved.recurring_key
        and title_bounds.resolved_at <= resolved.resolved_at
),

latest_of_cis as (
    select
        resolved.*,
        row_number() over (
            partition by resolved.instance, resolved.ci_id order by resolved.resolved_at desc, resolved.sys_id
        ) as place
    from resolved
    inner join ci_bounds
        on ci_bounds.instance = resolved.instance
        and ci_bounds.ci_id = resolved.ci_id
        and ci_bounds.resolved_at <= resolved.resolved_at
),

-- The same one may be among the latest of the item and of the title.
candidates as (
    select latest.*, items.sys_id is not null as is_latest_of_ci
    from latest_of_titles as latest
    left join latest_of_cis as items
        on items.instance = latest.instance and items.sys_id = latest.sys_id and items.place <= {{ latest }}
)

{%- set pair %}
    open_tickets.instance,
    open_tickets.sys_id as incident_id,
    others.sys_id as similar_incident_id,
    open_tickets.recurring_key,
    others.recurring_key as similar_key,
    coalesce(open_tickets.ci_id = others.ci_id, false) as is_same_ci,
    coalesce(open_tickets.service_id = others.service_id, false) as is_same_service,
    others.resolved_at
{%- endset %}

select {{ pair }}
from open_tickets
inner join latest_of_cis as others
    on others.instance = open_tickets.instance
    and others.ci_id = open_tickets.ci_id
    and others.place <= {{ latest }}
union all
select {{ pair }}
from open_tickets
inner join candidates as others
    on others.instance = open_tickets.instance
    and others.recurring_key = open_tickets.recurring_key
    and others.place <= {{ latest }}
where not (others.is_latest_of_ci and coalesce(others.ci_id = open_tickets.ci_id, false))
union all
select {{ pair }}
from open_tickets
inner join ranked_titles
    on ranked_titles.recurring_key = open_tickets.recurring_key and ranked_titles.place <= {{ near_titles }}
inner join candidates as others
    on others.instance = open_tickets.instance
    and others.recurring_key = ranked_titles.near_key
    and others.place <= {{ latest_of_near_title }}
where not (others.is_latest_of_ci and coalesce(others.ci_id = open_tickets.ci_id, false))
