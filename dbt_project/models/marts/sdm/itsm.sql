{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_keys',
        rebuilt_keys='int_incidents_to_build',
        on_schema_change='fail',
        pre_hook="{{ extend_contract_by_extra_columns() }}",
    )
}}

-- depends_on: {{ ref('int_incidents_to_build') }}
-- depends_on: {{ ref('int_backlog_before') }}

with incidents as (
    select * from {{ ref('int_incidents_classified') }}
),

users as (
    select instance, sys_id, name from {{ ref('int_users') }}
),

cis as (
    select * from {{ ref('stg_servicenow__cmdb_ci') }}
)

select
    incidents.instance,
    incidents.sys_id,
    incidents.number,
    incidents.state,
    incidents.state_label,
    incidents.is_open,
    incidents.is_cancelled,
    incidents.is_duplicate,
    incidents.is_child,
    incidents.has_bad_clock,
    incidents.opened_at,
    incidents.resolved_at,
    incidents.closed_at,
    incidents.created_at,
    incidents.updated_at,
    incidents.resolve_minutes,
    incidents.business_minutes,
    incidents.opened_by_id,
    openers.name as opened_by_name,
    incidents.opened_by_kind,
    incidents.caller_id,
    callers.name as caller_name,
    incidents.assigned_to_id,
    assignees.name as assigned_to_name,
    incidents.assignment_group_id,
    assignment_groups.name as assignment_group,
    incidents.priority,
    incidents.priority_label,
    incidents.impact,
    incidents.urgency,
    incidents.short_description,
    titles.recurring_key,
    incidents.bp_incident_id,
    incidents.made_sla,
    incidents.business_impact,
    incidents.has_business_impact,
    incidents.category,
    incidents.category_label,
    incidents.subcategory,
    incidents.subcategory_label,
    incidents.contact_type,
    incidents.caused_by_change_id,
    changes.number as caused_by_change,
    incidents.problem_id,
    problems.number as problem,
    incidents.close_code,
    incidents.close_notes,
    incidents.is_noise,
    incidents.cmdb_ci_id,
    incident_cis.ci_id,
    -- A service that is not among the configuration items still has its name.
    coalesce(cis.name, case when incident_cis.ci_resolution = 'service' then services.name end) as ci_name,
    cis.ci_class,
    incident_cis.ci_resolution,
    incidents.service_id,
    -- A service that its own table does not show may still be known as a configuration item.
    coalesce(services.name, service_cis.name) as service,
    incidents.reassignment_count,
    incidents.reopen_count,
    quick_reopens.quick_reopen_count > 0 as is_flapping,
    incidents.parent_incident_id,
    families.root_incident_id,
    families.child_count,
    incidents.correlation_id,
    incidents.domain_id
    {%- for names in extra_column_names().values() %}
    {%- for name in names %},
    extras.{{ name }}
    {%- endfor %}
    {%- endfor %}
from incidents
left join users as openers on openers.instance = incidents.instance and openers.sys_id = incidents.opened_by_id
left join users as callers on callers.instance = incidents.instance and callers.sys_id = incidents.caller_id
left join users as assignees
    on assignees.instance = incidents.instance and assignees.sys_id = incidents.assigned_to_id
left join {{ ref('stg_servicenow__sys_user_group') }} as assignment_groups
    on assignment_groups.instance = incidents.instance and assignment_groups.sys_id = incidents.assignment_group_id
left join {{ ref('int_title_signatures') }} as titles on titles.title = incidents.short_description
left join {{ ref('stg_servicenow__change_request') }} as changes
    on changes.instance = incidents.instance and changes.sys_id = incidents.caused_by_change_id
left join {{ ref('stg_servicenow__problem') }} as problems
    on problems.instance = incidents.instance and problems.sys_id = incidents.problem_id
left join {{ ref('int_incident_cis') }} as incident_cis
    on incident_cis.instance = incidents.instance and incident_cis.incident_id = incidents.sys_id
left join {{ ref('int_incident_families') }} as families
    on families.instance = incidents.instance and families.incident_id = incidents.sys_id
left join {{ ref('int_quick_reopens') }} as quick_reopens
    on quick_reopens.instance = incidents.instance and quick_reopens.incident_id = incidents.sys_id
left join cis on cis.instance = incident_cis.instance and cis.sys_id = incident_cis.ci_id
left join {{ ref('stg_servicenow__cmdb_ci_service') }} as services
    on services.instance = incidents.instance and services.sys_id = incidents.service_id
left join cis as service_cis
    on service_cis.instance = incidents.instance and service_cis.sys_id = incidents.service_id
{%- if extra_columns() %}
left join {{ ref('int_incident_extras') }} as extras
    on extras.instance = incidents.instance and extras.sys_id = incidents.sys_id
{%- endif %}
