{{ config(materialized='table') }}

{%- set built = last_built('sdm', 'itsm') -%}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and built is none %}
select instance, sys_id from {{ ref('stg_servicenow__incident') }}
{%- else %}
with incidents as (
    select instance, sys_id from {{ ref('stg_servicenow__incident') }}
),

built as (
    select * from {{ built }}
),

new_rows as (
    select * from {{ ref('stg_ticketlake__unbuilt_rows') }}
),

users as (
    select instance, sys_id, name from {{ ref('stg_servicenow__sys_user') }}
),

cis as (
    select instance, sys_id, name, ci_class from {{ ref('stg_servicenow__cmdb_ci') }}
),

services as (
    select instance, sys_id, name from {{ ref('stg_servicenow__cmdb_ci_service') }}
),

new_cis as (
    select instance, sys_id from new_rows where table_name = 'cmdb_ci'
),

-- How many items bear a name decides whether a title that has it says which one is meant.
ci_counts as (
    select instance, sum(was_there) as old_count, sum(is_there) as new_count, sum(is_new) as came
    from (
        select instance, 0 as was_there, 1 as is_there, 0 as is_new from cis
        union all
        select instance, 1 as was_there, 0 as is_there, 0 as is_new
        from {{ last_built('sdm', 'configuration_items') or ref('stg_servicenow__cmdb_ci') }}
        union all
        select instance, 0 as was_there, 0 as is_there, 1 as is_new from new_cis
    ) as counted
    group by instance
),

audited_instances as (
    select distinct instance from {{ ref('stg_servicenow__sys_audit') }}
),

chosen as (
    -- What came, and what is told of an incident in rows of its own.
    select instance, incident_id as sys_id from new_rows where incident_id is not null

    union all

    -- Incidents that were not there, or are not there any more.
    select incidents.instance, incidents.sys_id
    from incidents
    where not exists (
        select 1 from built where built.instance = incidents.instance and built.sys_id = incidents.sys_id
    )
    union all
    select built.instance, built.sys_id
    from built
    where not exists (
        select 1 from incidents where incidents.instance = built.instance and incidents.sys_id = built.sys_id
    )

    union all

    -- Names that are not what they are called any more.
    select built.instance, built.sys_id
    from built
    left join users as openers on openers.instance = built.instance and openers.sys_id = built.opened_by_id
    left join users as callers on callers.instance = built.instance and callers.sys_id = built.caller_id
    left join users as assignees on assignees.instance = built.instance and assignees.sys_id = built.assigned_to_id
    left join {{ ref('stg_servicenow__sys_user_group') }} as assignment_groups
        on assignment_groups.instance = built.instance and assignment_groups.sys_id = built.assignment_group_id
    left join {{ ref('stg_servicenow__change_request') }} as changes
        on changes.instance = built.instance and changes.sys_id = built.caused_by_change_id
    left join {{ ref('stg_servicenow__problem') }} as problems
        on problems.instance = built.instance and problems.sys_id = built.problem_id
    left join cis on cis.instance = built.instance and cis.sys_id = built.ci_id
    left join services on services.instance = built.instance and services.sys_id = built.service_id
    left join cis as service_cis on service_cis.instance = built.instance and service_cis.sys_id = built.service_id
    where built.opened_by_name is distinct from openers.name
        or built.caller_name is distinct from callers.name
        or built.assigned_to_name is distinct from assignees.name
        or built.assignment_group is distinct from assignment_groups.name
        or built.caused_by_change is distinct from changes.number
        or built.problem is distinct from problems.number
        or built.ci_class is distinct from cis.ci_class
        or built.ci_name
            is distinct from coalesce(cis.name, case when built.ci_resolution = 'service' then services.name end)
        or built.service is distinct from coalesce(services.name, service_cis.name)
        -- An opener without a name has a kind all the same.
        or (openers.sys_id is null and built.opened_by_kind in ('person', 'integration'))
        or (openers.sys_id is null and built.opened_by_kind = 'bigpanda' and {{ filled('built.bp_incident_id') }} is null)

    union all

    -- What kind of user the opener is.
    select built.instance, built.sys_id
    from built
    inner join new_rows
        on new_rows.table_name = 'sys_user'
        and new_rows.instance = built.instance
        and new_rows.sys_id = built.opened_by_id

    union all

    -- Affected items: another may be the first that is still there.
    select task_cis.instance, task_cis.ticket_id as sys_id
    from {{ ref('stg_servicenow__task_ci') }} as task_cis
    inner join new_cis on new_cis.instance = task_cis.instance and new_cis.sys_id = task_cis.ci_id
    union all
    select built.instance, built.sys_id
    from built
    where built.ci_resolution = 'affected_ci'
        and not exists (
            select 1
            from {{ ref('stg_servicenow__task_ci') }} as task_cis
            where task_cis.instance = built.instance
                and task_cis.ticket_id = built.sys_id
                and task_cis.ci_id = built.ci_id
        )
    union all
    select built.instance, built.sys_id
    from built
    inner join ci_counts on ci_counts.instance = built.instance
    where built.ci_resolution in ('title', 'none')
        and (ci_counts.came > 0 or ci_counts.old_count <> ci_counts.new_count)

    union all

    -- Families: a parent that came, went or changed shows in all below it.
    select built.instance, built.sys_id
    from built
    inner join {{ ref('int_incident_families') }} as families
        on families.instance = built.instance and families.incident_id = built.sys_id
    where families.root_incident_id <> built.root_incident_id or families.child_count <> built.child_count

    union all

    -- The first audit row of an instance makes all its incidents known not to flap.
    select built.instance, built.sys_id
    from built
    left join audited_instances on audited_instances.instance = built.instance
    where (built.is_flapping is null) <> (audited_instances.instance is null)

    union all

    -- A clock that runs ahead does so until now has come up with it.
    select built.instance, built.sys_id
    from built
    left join {{ ref('int_instances') }} as instances on instances.instance = built.instance
    where built.has_bad_clock
        or coalesce(built.opened_at > instances.now_at, true)
        or built.resolved_at > instances.now_at
    {%- if extra_columns() %}

    union all

    select built.instance, built.sys_id
    from built
    inner join {{ ref('int_incident_extras') }} as extras
        on extras.instance = built.instance and extras.sys_id = built.sys_id
    where
        {%- for names in extra_column_names().values() %}
        {%- for name in names %}
        built.{{ name }} is distinct from extras.{{ name }} or
        {%- endfor %}
        {%- endfor %}
        false
    {%- endif %}
)

select distinct instance, sys_id from chosen
{%- endif %}
