-- Which live incident is at the top of the line of parents of each one that this build makes, and how many are right
-- below it. Where the line is a loop, none is at its top: the smallest sys_id in it stands for all.
with recursive parents as (
    select
        children.instance,
        children.sys_id,
        children.parent_incident_id as parent_id
    from {{ ref('stg_servicenow__incident') }} as children
    inner join {{ ref('stg_servicenow__incident') }} as parents
        on parents.instance = children.instance and parents.sys_id = children.parent_incident_id
    where children.parent_incident_id is not null
),

ancestors as (
    select
        parents.instance,
        parents.sys_id,
        parents.parent_id as ancestor_id,
        1 as distance
    from parents
    inner join {{ ref('int_incidents') }} as incidents
        on incidents.instance = parents.instance and incidents.sys_id = parents.sys_id

    union all

    select
        ancestors.instance,
        ancestors.sys_id,
        parents.parent_id as ancestor_id,
        ancestors.distance + 1 as distance
    from ancestors
    inner join parents on parents.instance = ancestors.instance and parents.sys_id = ancestors.ancestor_id
    -- Families are some levels deep; a loop in the source's data must end.
    where ancestors.distance < 100
        and ancestors.ancestor_id <> ancestors.sys_id
),

loops as (
    select distinct instance, sys_id
    from ancestors
    where ancestor_id = sys_id
),

roots as (
    select
        ancestors.instance,
        ancestors.sys_id,
        coalesce(
            max(case when above.sys_id is null then ancestors.ancestor_id end), min(loops.sys_id)
        ) as root_id
    from ancestors
    left join parents as above
        on above.instance = ancestors.instance and above.sys_id = ancestors.ancestor_id
    left join loops on loops.instance = ancestors.instance and loops.sys_id = ancestors.ancestor_id
    group by ancestors.instance, ancestors.sys_id
),

children as (
    select instance, parent_id, count(*) as child_count
    from parents
    where parent_id <> sys_id
    group by instance, parent_id
)

select
    incidents.instance,
    incidents.sys_id as incident_id,
    coalesce(roots.root_id, incidents.sys_id) as root_incident_id,
    cast(coalesce(children.child_count, 0) as integer) as child_count
from {{ ref('int_incidents') }} as incidents
left join roots on roots.instance = incidents.instance and roots.sys_id = incidents.sys_id
left join children on children.instance = incidents.instance and children.parent_id = incidents.sys_id
