with tasks as (
    select
        instance,
        change_id,
        count(*) as task_count,
        {{ count_where('coalesce(is_active, true)') }} as open_task_count
    from {{ ref('stg_servicenow__change_task') }}
    group by instance, change_id
),

incidents as (
    select
        instance,
        change_id,
        {{ count_where("link <> 'suspected'") }} as linked_count,
        {{ count_where("link = 'suspected'") }} as suspected_count
    from {{ ref('incident_changes') }}
    group by instance, change_id
)

select
    changes.instance,
    changes.sys_id,
    changes.number,
    changes.type,
    changes.state,
    changes.state_label,
    changes.is_open,
    changes.is_cancelled,
    changes.risk,
    changes.short_description,
    changes.assignment_group,
    changes.ci_id,
    changes.service_id,
    changes.planned_start_at,
    changes.planned_end_at,
    changes.actual_start_at,
    changes.actual_end_at,
    changes.closed_at,
    changes.close_code,
    changes.is_failed,
    cast(coalesce(tasks.task_count, 0) as integer) as task_count,
    cast(coalesce(tasks.open_task_count, 0) as integer) as open_task_count,
    cast(coalesce(incidents.linked_count, 0) as integer) as linked_incident_count,
    cast(coalesce(incidents.suspected_count, 0) as integer) as suspected_incident_count
from {{ ref('int_changes') }} as changes
left join tasks on tasks.instance = changes.instance and tasks.change_id = changes.sys_id
left join incidents on incidents.instance = changes.instance and incidents.change_id = changes.sys_id
