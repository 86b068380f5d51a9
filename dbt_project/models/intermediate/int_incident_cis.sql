-- Where a ticket has several affected items, the first one added of those that are still there.
with affected as (
    select
        task_cis.instance,
        task_cis.ticket_id,
        task_cis.ci_id,
        row_number() over (
            partition by task_cis.instance, task_cis.ticket_id
            order by
                case when cis.sys_id is null then 1 else 0 end,
                task_cis.created_at nulls last,
                task_cis.ci_id
        ) as place
    from {{ ref('stg_servicenow__task_ci') }} as task_cis
    inner join {{ ref('int_incidents') }} as incidents
        on incidents.instance = task_cis.instance and incidents.sys_id = task_cis.ticket_id
    left join {{ ref('stg_servicenow__cmdb_ci') }} as cis
        on cis.instance = task_cis.instance and cis.sys_id = task_cis.ci_id
    where {{ filled('task_cis.ci_id') }} is not null
),

levels as (
    select
        incidents.instance,
        incidents.sys_id as incident_id,
        {{ filled('incidents.cmdb_ci_id') }} as own_ci_id,
        affected.ci_id as affected_ci_id,
        {{ filled('incidents.service_id') }} as service_id,
        titles.ci_id as title_ci_id
    from {{ ref('int_incidents') }} as incidents
    left join affected
        on affected.instance = incidents.instance and affected.ticket_id = incidents.sys_id and affected.place = 1
    left join {{ ref('int_title_cis') }} as titles
        on titles.instance = incidents.instance and titles.title = incidents.short_description
)

select
    instance,
    incident_id,
    coalesce(own_ci_id, affected_ci_id, service_id, title_ci_id) as ci_id,
    case
        when own_ci_id is not null then 'ticket'
        when affected_ci_id is not null then 'affected_ci'
        when service_id is not null then 'service'
        when title_ci_id is not null then 'title'
        else 'none'
    end as ci_resolution
from levels
