with tasks as (
    select
        tasks.instance,
        tasks.incident_id,
        coalesce({{ filled('assignment_groups.name') }}, '(none)') as assignment_group,
        coalesce(tasks.is_active, true) as is_open,
        tasks.opened_at,
        tasks.closed_at,
        case
            when tasks.closed_at >= tasks.opened_at then {{ seconds_between('tasks.opened_at', 'tasks.closed_at') }}
        end as seconds
    from {{ ref('stg_servicenow__incident_task') }} as tasks
    inner join {{ ref('stg_servicenow__incident') }} as incidents
        on incidents.instance = tasks.instance and incidents.sys_id = tasks.incident_id
    left join {{ ref('stg_servicenow__sys_user_group') }} as assignment_groups
        on assignment_groups.instance = tasks.instance and assignment_groups.sys_id = tasks.assignment_group_id
)

select
    instance,
    incident_id,
    assignment_group,
    cast(count(*) as integer) as task_count,
    cast({{ count_where('is_open') }} as integer) as open_task_count,
    min(opened_at) as first_opened_at,
    max(closed_at) as last_closed_at,
    {{ minutes('sum(case when not is_open then seconds end)') }} as total_minutes
from tasks
group by instance, incident_id, assignment_group
