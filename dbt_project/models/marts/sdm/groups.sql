with memberships as (
    select instance, group_id, count(distinct user_id) as member_count
    from {{ ref('stg_servicenow__sys_user_grmember') }}
    group by instance, group_id
),

-- Without a single membership the table is not synced: nothing is known, which is not nobody.
known_instances as (
    select distinct instance from memberships
)

select
    assignment_groups.instance,
    assignment_groups.sys_id,
    assignment_groups.name,
    assignment_groups.description,
    assignment_groups.manager_id,
    assignment_groups.parent_id,
    assignment_groups.is_active,
    cast(
        case when known_instances.instance is not null then coalesce(memberships.member_count, 0) end as integer
    ) as member_count
from {{ ref('stg_servicenow__sys_user_group') }} as assignment_groups
left join known_instances on known_instances.instance = assignment_groups.instance
left join memberships
    on memberships.instance = assignment_groups.instance and memberships.group_id = assignment_groups.sys_id
