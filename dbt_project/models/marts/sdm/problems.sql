with labels as (
    select * from {{ ref('int_choice_labels') }} where table_name = 'problem'
),

incidents as (
    select instance, problem_id, count(*) as incident_count
    from {{ ref('stg_servicenow__incident') }}
    where problem_id is not null
    group by instance, problem_id
)

select
    problems.instance,
    problems.sys_id,
    problems.number,
    problems.state,
    coalesce(state.label, cast(problems.state as varchar)) as state_label,
    coalesce(problems.is_active, true) as is_open,
    problems.priority,
    problems.short_description,
    assignment_groups.name as assignment_group,
    problems.ci_id,
    problems.is_known_error,
    problems.opened_at,
    problems.resolved_at,
    problems.closed_at,
    cast(coalesce(incidents.incident_count, 0) as integer) as linked_incident_count
from {{ ref('stg_servicenow__problem') }} as problems
left join labels as state
    on state.instance = problems.instance
    and state.element = 'state'
    and state.value = cast(problems.state as varchar)
    and state.is_first_of_value
left join {{ ref('stg_servicenow__sys_user_group') }} as assignment_groups
    on assignment_groups.instance = problems.instance and assignment_groups.sys_id = problems.assignment_group_id
left join incidents on incidents.instance = problems.instance and incidents.problem_id = problems.sys_id
