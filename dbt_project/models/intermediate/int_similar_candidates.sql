-- For each open ticket the resolved ones that may be among its most similar, so that the work grows with the open
-- tickets and not with their square: the latest of the same title and of the same configuration item, and the latest of
-- the titles that share most of its rare words. With their scores, so that nobody has to look a million up again.
{%- set latest = 20 %}
{%- set near_titles = 10 %}
{%- set latest_of_near_title = 5 %}
{%- set rare = 50 %}
{#- How many are kept of an open ticket: similar_incidents ranks that many. -#}
{%- set kept = 5 %}
with words as (
    select recurring_key, word, signature_count, weight from {{ ref('int_title_words') }}
),

weights as (
    select recurring_key, sum(weight) as weight
    from words
    group by recurring_key
),

open_rows as (
    select instance, sys_id, recurring_key, ci_id, service_id
    from {{ ref('itsm') }}
    where is_open
),

open_titles as (
    select distinct recurring_key from open_rows where recurring_key is not null
),

open_cis as (
    select distinct instance, ci_id from open_rows where ci_id is not null
),

rare_words as (
    select recurring_key, word, weight from words where signature_count <= {{ rare }}
),

ranked_titles as (
    select
        open_titles.recurring_key,
        others.recurring_key as near_key,
        row_number() over (
            partition by open_titles.recurring_key order by sum(own.weight) desc, others.recurring_key
        ) as place
    from open_titles
    inner join rare_words as own on own.recurring_key = open_titles.recurring_key
    inner join rare_words as others
        on others.word = own.word and others.recurring_key <> own.recurring_key
    group by open_titles.recurring_key, others.recurring_key
),

near_titles as (
    select recurring_key, near_key from ranked_titles where place <= {{ near_titles }}
),

wanted_titles as (
    select recurring_key from open_titles
    union
    select near_key as recurring_key from near_titles
),

-- From when on the latest were resolved: few are left to be put in order. By number, which sorts and joins faster than
-- the texts it stands for.
title_bounds as (
    select
        tickets.instance,
        tickets.recurring_key,
        row_number() over (order by tickets.instance, tickets.recurring_key) as title_number,
        count(*) >= {{ kept }} as has_enough,
        {{ greatest_down_to('tickets.resolved_at', latest) }} as resolved_at
    from {{ ref('itsm') }} as tickets
    inner join wanted_titles on wanted_titles.recurring_key = tickets.recurring_key
    where {{ is_resolved_ticket('tickets') }}
    group by tickets.instance, tickets.recurring_key
),

ci_bounds as (
    select
        tickets.instance,
        tickets.ci_id,
        row_number() over (order by tickets.instance, tickets.ci_id) as ci_number,
        {{ greatest_down_to('tickets.resolved_at', latest) }} as resolved_at
    from {{ ref('itsm') }} as tickets
    inner join open_cis on open_cis.instance = tickets.instance and open_cis.ci_id = tickets.ci_id
    where {{ is_resolved_ticket('tickets') }}
    group by tickets.instance, tickets.ci_id
),

open_tickets as (
    select
        open_rows.*,
        title_bounds.title_number,
        ci_bounds.ci_number,
        -- Where enough have the same title, which alone makes .7, none with less can be among the best.
        case when title_bounds.has_enough then 0.7 else 0.3 end as least_score
    from open_rows
    left join title_bounds
        on title_bounds.instance = open_rows.instance and title_bounds.recurring_key = open_rows.recurring_key
    left join ci_bounds on ci_bounds.instance = open_rows.instance and ci_bounds.ci_id = open_rows.ci_id
),

latest_of_titles as (
    select
        tickets.instance,
        tickets.sys_id,
        tickets.recurring_key,
        tickets.ci_id,
        tickets.service_id,
        tickets.resolved_at,
        title_bounds.title_number,
        row_number() over (
            partition by title_bounds.title_number order by tickets.resolved_at desc, tickets.sys_id
        ) as place
    from {{ ref('itsm') }} as tickets
    inner join title_bounds
        on title_bounds.instance = tickets.instance
        and title_bounds.recurring_key = tickets.recurring_key
        and title_bounds.resolved_at <= tickets.resolved_at
    where {{ is_resolved_ticket('tickets') }}
),

ranked_of_cis as (
    select
        tickets.instance,
        tickets.sys_id,
        tickets.recurring_key,
        tickets.service_id,
        tickets.resolved_at,
        ci_bounds.ci_number,
        row_number() over (
            partition by ci_bounds.ci_number order by tickets.resolved_at desc, tickets.sys_id
        ) as place
    from {{ ref('itsm') }} as tickets
    inner join ci_bounds
        on ci_bounds.instance = tickets.instance
        and ci_bounds.ci_id = tickets.ci_id
        and ci_bounds.resolved_at <= tickets.resolved_at
    where {{ is_resolved_ticket('tickets') }}
),

latest_of_cis as (
    select * from ranked_of_cis where place <= {{ latest }}
),

-- The same one may be among the latest of the item and of the title.
candidates as (
    select latest.*, items.sys_id is not null as is_latest_of_ci
    from latest_of_titles as latest
    left join latest_of_cis as items
        on items.instance = latest.instance and items.sys_id = latest.sys_id
    where latest.place <= {{ latest }}
),

of_cis as (
    select
        open_tickets.instance,
        open_tickets.sys_id as incident_id,
        others.sys_id as similar_incident_id,
        open_tickets.recurring_key,
        others.recurring_key as similar_key,
        coalesce(open_tickets.service_id = others.service_id, false) as is_same_service,
        others.resolved_at,
        open_tickets.least_score
    from open_tickets
    inner join latest_of_cis as others on others.ci_number = open_tickets.ci_number
),

title_pairs as (
    select recurring_key, similar_key from of_cis where recurring_key <> similar_key
    union
    select recurring_key, near_key as similar_key from near_titles
),

shared as (
    select
        title_pairs.recurring_key,
        title_pairs.similar_key,
        sum(case when others.word is not null then own.weight else 0 end) as weight
    from title_pairs
    inner join words as own on own.recurring_key = title_pairs.recurring_key
    -- An outer join keeps the order of the joins: the words of all titles by themselves make too many pairs.
    left join words as others
        on others.recurring_key = title_pairs.similar_key and others.word = own.word
    group by title_pairs.recurring_key, title_pairs.similar_key
),

-- The weight of the words in both titles among the weight of the words in either.
shares as (
    select
        shared.recurring_key,
        shared.similar_key,
        {{ ratio('shared.weight', '(own.weight + others.weight - shared.weight)') }} as title_share
    from shared
    inner join weights as own on own.recurring_key = shared.recurring_key
    inner join weights as others on others.recurring_key = shared.similar_key
),

{%- set pair %}
        open_tickets.instance,
        open_tickets.sys_id as incident_id,
        others.sys_id as similar_incident_id,
        coalesce(open_tickets.ci_id = others.ci_id, false) as is_same_ci,
        coalesce(open_tickets.service_id = others.service_id, false) as is_same_service,
        others.resolved_at,
        open_tickets.least_score,
{%- endset %}

pairs as (
    select
        of_cis.instance,
        of_cis.incident_id,
        of_cis.similar_incident_id,
        true as is_same_ci,
        of_cis.is_same_service,
        of_cis.resolved_at,
        of_cis.least_score,
        case when of_cis.recurring_key = of_cis.similar_key then 1.0 else coalesce(shares.title_share, 0.0) end
            as title_share
    from of_cis
    left join shares on shares.recurring_key = of_cis.recurring_key and shares.similar_key = of_cis.similar_key
    union all
    select {{ pair }}
        1.0 as title_share
    from open_tickets
    inner join candidates as others on others.title_number = open_tickets.title_number
    where not (others.is_latest_of_ci and coalesce(others.ci_id = open_tickets.ci_id, false))
        -- One that shares the title alone comes after all that were resolved later.
        and (
            others.place <= {{ kept }}
            or others.ci_id = open_tickets.ci_id
            or others.service_id = open_tickets.service_id
        )
    union all
    select {{ pair }}
        shares.title_share
    from open_tickets
    inner join near_titles on near_titles.recurring_key = open_tickets.recurring_key
    inner join shares
        on shares.recurring_key = near_titles.recurring_key and shares.similar_key = near_titles.near_key
    inner join candidates as others
        on others.instance = open_tickets.instance
        and others.recurring_key = near_titles.near_key
        and others.place <= {{ latest_of_near_title }}
    where not (others.is_latest_of_ci and coalesce(others.ci_id = open_tickets.ci_id, false))
),

scored as (
    select
        *,
        round(
            0.7 * title_share + case when is_same_ci then 0.3 when is_same_service then 0.1 else 0 end, 4
        ) as score
    from pairs
)

select
    instance,
    incident_id,
    similar_incident_id,
    is_same_ci,
    is_same_service,
    resolved_at,
    title_share,
    score
from scored
where score >= least_score
