-- Every link of sdm.incident_changes is counted at its change, and no change counts more.
with links as (
    select
        instance,
        count(case when link <> 'suspected' then 1 end) as linked_count,
        count(case when link = 'suspected' then 1 end) as suspected_count
    from {{ ref('incident_changes') }}
    group by instance
),

counted as (
    select
        instance,
        sum(linked_incident_count) as linked_count,
        sum(suspected_incident_count) as suspected_count
    from {{ ref('changes') }}
    group by instance
)

select counted.instance, counted.linked_count, counted.suspected_count
from counted
left join links on links.instance = counted.instance
where counted.linked_count <> coalesce(links.linked_count, 0)
    or counted.suspected_count <> coalesce(links.suspected_count, 0)
