with changes as (
    select * from {{ ref('int_changes') }}
),

services as (
    select instance, sys_id from {{ ref('stg_servicenow__cmdb_ci_service') }}
),

incidents as (
    select instance, sys_id, number, service_id from {{ ref('stg_servicenow__incident') }}
)

select
    instance,
    sys_id,
    'change_request' as source_table,
    'change' as kind,
    ci_id,
    service_id,
    planned_start_at as starts_at,
    planned_end_at as ends_at,
    number,
    short_description,
    is_cancelled
from changes
where planned_start_at is not null or planned_end_at is not null
union all
select
    outages.instance,
    outages.sys_id,
    'cmdb_ci_outage' as source_table,
    case {{ caseless('outages.type') }}
        when 'planned' then 'planned_outage'
        when 'degradation' then 'degradation'
        else 'outage'
    end as kind,
    outages.ci_id,
    coalesce(services.sys_id, changes.service_id, incidents.service_id) as service_id,
    outages.began_at as starts_at,
    outages.ended_at as ends_at,
    coalesce(changes.number, incidents.number) as number,
    outages.short_description,
    coalesce(changes.is_cancelled, false) as is_cancelled
from {{ ref('stg_servicenow__cmdb_ci_outage') }} as outages
left join services on services.instance = outages.instance and services.sys_id = outages.ci_id
left join changes on changes.instance = outages.instance and changes.sys_id = outages.ticket_id
left join incidents on incidents.instance = outages.instance and incidents.sys_id = outages.ticket_id
