-- How many incidents name a change (as their cause or their fix) or a problem.
with links as (
    select instance, sys_id as incident_id, caused_by_change_id as record_id
    from {{ ref('stg_servicenow__incident') }}
    union all
    select instance, sys_id as incident_id, fixed_by_change_id as record_id
    from {{ ref('stg_servicenow__incident') }}
    union all
    select instance, sys_id as incident_id, problem_id as record_id
    from {{ ref('stg_servicenow__incident') }}
)

select instance, record_id, cast(count(distinct incident_id) as integer) as incident_count
from links
where record_id is not null
group by instance, record_id
