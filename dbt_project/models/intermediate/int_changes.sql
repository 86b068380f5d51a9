with labels as (
    select * from {{ ref('int_choice_labels') }} where table_name = 'change_request'
),

labelled as (
    select
        changes.*,
        coalesce(changes.is_active, true) as is_open,
        coalesce(state.label, cast(changes.state as varchar)) as state_label,
        -- What a state means is its label's matter; 4 is what the platform ships.
        coalesce({{ caseless('state.label') }} in ('canceled', 'cancelled'), changes.state = 4, false) as is_cancelled,
        assignment_groups.name as assignment_group
    from {{ ref('stg_servicenow__change_request') }} as changes
    left join labels as state
        on state.instance = changes.instance
        and state.element = 'state'
        and state.value = cast(changes.state as varchar)
        and state.is_first_of_value
    left join {{ ref('stg_servicenow__sys_user_group') }} as assignment_groups
        on assignment_groups.instance = changes.instance
        and assignment_groups.sys_id = changes.assignment_group_id
)

select
    *,
    case
        when is_open or {{ filled('close_code') }} is null then null
        else {{ caseless('close_code') }} = 'unsuccessful'
    end as is_failed,
    -- When its work was over. A change that nobody recorded the work of ended as planned, once it is closed.
    coalesce(actual_end_at, case when not is_open and not is_cancelled then planned_end_at end) as ended_at
from labelled
