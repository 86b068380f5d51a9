with candidates as (
    select * from {{ ref('int_similar_candidates') }}
),

weights as (
    select recurring_key, sum(weight) as weight
    from {{ ref('int_title_words') }}
    group by recurring_key
),

title_pairs as (
    select distinct recurring_key, similar_key
    from candidates
    where recurring_key <> similar_key
),

shared as (
    select
        title_pairs.recurring_key,
        title_pairs.similar_key,
        sum(own.weight) as weight
    from title_pairs
    inner join {{ ref('int_title_words') }} as own on own.recurring_key = title_pairs.recurring_key
    inner join {{ ref('int_title_words') }} as others
        on others.recurring_key = title_pairs.similar_key and others.word = own.word
    group by title_pairs.recurring_key, title_pairs.similar_key
),

compared as (
    select
        candidates.*,
        -- The weight of the words in both titles among the weight of the words in either.
        case
            when candidates.recurring_key = candidates.similar_key then 1.0
            else coalesce(
                {{ ratio('shared.weight', '(own.weight + others.weight - shared.weight)') }}, 0.0
            )
        end as title_share
    from candidates
    left join shared
        on shared.recurring_key = candidates.recurring_key and shared.similar_key = candidates.similar_key
    left join weights as own on own.recurring_key = candidates.recurring_key
    left join weights as others on others.recurring_key = candidates.similar_key
),

scored as (
    select
        *,
        round(
            0.7 * title_share + case when is_same_ci then 0.3 when is_same_service then 0.1 else 0 end, 4
        ) as score
    from compared
),

ranked as (
    select
        *,
        row_number() over (
            partition by instance, incident_id order by score desc, resolved_at desc, similar_incident_id
        ) as place
    from scored
    where score >= 0.3
)

select
    instance,
    incident_id,
    similar_incident_id,
    cast(place as integer) as rank,
    cast(score as double) as score,
    concat_ws(
        ', ',
        case
            when title_share = 1 then 'same title'
            when title_share > 0
                then concat(cast(cast(round(100 * title_share) as integer) as varchar), ' % of the title')
        end,
        case when is_same_ci then 'same CI' when is_same_service then 'same service' end
    ) as reason
from ranked
where place <= 5
