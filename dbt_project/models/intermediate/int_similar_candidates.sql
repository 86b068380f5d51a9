-- For each open ticket the resolved ones that are worth a comparison, so that the work grows with the open tickets and
-- not with their square: the latest of the same title and of the same configuration item, and the latest of the titles
-- that share most of its rare words.
{%- set latest = 20 %}
{%- set near_titles = 10 %}
{%- set latest_of_near_title = 5 %}
{%- set rare = 50 %}
with open_tickets as (
    select instance, sys_id, recurring_key, ci_id
    from {{ ref('itsm') }}
    where is_open
),

resolved as (
    select
        instance,
        sys_id,
        recurring_key,
        ci_id,
        row_number() over (
            partition by instance, recurring_key order by resolved_at desc, sys_id
        ) as place_in_title,
        row_number() over (
            partition by instance, ci_id order by resolved_at desc, sys_id
        ) as place_in_ci
    from {{ ref('int_resolved_incidents') }}
),

open_titles as (
    select distinct recurring_key from open_tickets where recurring_key is not null
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
)

select
    open_tickets.instance,
    open_tickets.sys_id as incident_id,
    resolved.sys_id as similar_incident_id
from open_tickets
inner join resolved
    on resolved.instance = open_tickets.instance
    and resolved.recurring_key = open_tickets.recurring_key
    and resolved.place_in_title <= {{ latest }}
union
select
    open_tickets.instance,
    open_tickets.sys_id as incident_id,
    resolved.sys_id as similar_incident_id
from open_tickets
inner join resolved
    on resolved.instance = open_tickets.instance
    and resolved.ci_id = open_tickets.ci_id
    and resolved.place_in_ci <= {{ latest }}
union
select
    open_tickets.instance,
    open_tickets.sys_id as incident_id,
    resolved.sys_id as similar_incident_id
from open_tickets
inner join ranked_titles
    on ranked_titles.recurring_key = open_tickets.recurring_key and ranked_titles.place <= {{ near_titles }}
inner join resolved
    on resolved.instance = open_tickets.instance
    and resolved.recurring_key = ranked_titles.near_key
    and resolved.place_in_title <= {{ latest_of_near_title }}
