with ranked as (
    select
        *,
        row_number() over (
            partition by instance, incident_id order by score desc, resolved_at desc, similar_incident_id
        ) as place
    from {{ ref('int_similar_candidates') }}
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
