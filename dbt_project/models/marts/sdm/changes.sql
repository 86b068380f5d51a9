with tasks as (
    select instance, change_id, count(*) as task_count
    from {{ ref('stg_servicenow__change_task') }}
    group by instance, change_id
),

labels as (
    select * from {{ ref('int_choice_labels') }} where table_name = 'change_request'
)

select
    changes.instance,
    changes.sys_id,
    changes.number,
    changes.type,
    changes.state,
    coalesce(state.label, cast(changes.state as varchar)) as state_label,
    coalesce(changes.is_active, true) as is_open,
    changes.risk,
    changes.short_description,
    assignment_groups.name as assignment_group,
    changes.ci_id,
    changes.service_id,
    changes.planned_start_at,
    changes.planned_end_at,
    changes.actual_start_at,
    changes.actual_end_at,
    changes.closed_at,
    changes.close_code,
    case
        when coalesce(changes.is_active, true) or {{ filled('changes.close_code') }} is null then null
        else {{ caseless('changes.close_code') }} = 'unsuccessful'
    end as is_failed,
    cast(coalesce(tasks.task_count, 0) as integer) as task_count,
    coalesce(links.incident_count, 0) as linked_incident_count,
    cast(null as integer) as suspected_incident_count
from {{ ref('stg_servicenow__change_request') }} as changes
left join labels as state
    on state.instance = changes.instance
    and state.element = 'state'
    and state.value = cast(changes.state as varchar)
    and state.is_first_of_value
left join {{ ref('stg_servicenow__sys_user_group') }} as assignment_groups
    on assignment_groups.instance = changes.instance and assignment_groups.sys_id = changes.assignment_group_id
left join tasks on tasks.instance = changes.instance and tasks.change_id = changes.sys_id
left join {{ ref('int_linked_incident_counts') }} as links
    on links.instance = changes.instance and links.record_id = changes.sys_id
