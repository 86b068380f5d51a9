-- `bp_incident_id` has no name of its own in ServiceNow: where the field map is silent, it is the first of two
-- customary columns that the instance's dictionary knows.
with custom_columns as (
    select
        instance,
        max(case when element = 'u_bp_incident_id' then 1 else 0 end) as has_bp,
        max(case when element = 'u_bigpanda_incident_id' then 1 else 0 end) as has_bigpanda
    from {{ ref('stg_servicenow__sys_dictionary') }}
    where table_name in ('incident', 'task')
    group by instance
),

incidents as (
    select
        incident.*,
        case
            when custom_columns.has_bp = 1 then incident.u_bp_incident_id
            when custom_columns.has_bigpanda = 1 then incident.u_bigpanda_incident_id
        end as customary_bp_incident_id
    from {{ source('raw_servicenow', 'incident') }} as incident
    left join custom_columns on custom_columns.instance = incident.instance
)

select
    instance,
    sys_id,
    {{ mapped('number') }} as number,
    {{ mapped('state', 'integer') }} as state,
    {{ mapped('opened_at', 'timestamp') }} as opened_at,
    {{ mapped('resolved_at', 'timestamp') }} as resolved_at,
    {{ as_type('closed_at', 'timestamp') }} as closed_at,
    sys_created_on as created_at,
    sys_updated_on as updated_at,
    {{ mapped('opened_by') }} as opened_by_id,
    caller_id,
    assigned_to as assigned_to_id,
    {{ mapped('assignment_group') }} as assignment_group_id,
    {{ mapped('priority', 'integer') }} as priority,
    {{ as_type('impact', 'integer') }} as impact,
    {{ as_type('urgency', 'integer') }} as urgency,
    {{ mapped('short_description') }} as short_description,
    {{ mapped('bp_incident_id', otherwise='customary_bp_incident_id') }} as bp_incident_id,
    {{ mapped('made_sla', 'boolean') }} as made_sla,
    {{ mapped('business_impact') }} as business_impact,
    {{ mapped('category') }} as category,
    {{ mapped('subcategory') }} as subcategory,
    {{ as_type('contact_type', 'varchar') }} as contact_type,
    {{ mapped('caused_by') }} as caused_by_change_id,
    rfc as fixed_by_change_id,
    {{ mapped('problem_id') }} as problem_id,
    {{ mapped('close_code') }} as close_code,
    {{ mapped('close_notes') }} as close_notes,
    {{ mapped('cmdb_ci') }} as cmdb_ci_id,
    {{ mapped('business_service') }} as service_id,
    {{ mapped('reassignment_count', 'integer') }} as reassignment_count,
    {{ mapped('reopen_count', 'integer') }} as reopen_count,
    {{ mapped('business_stc', 'bigint') }} as business_stc_seconds,
    {{ mapped('business_duration', 'seconds') }} as business_duration_seconds,
    parent_incident as parent_incident_id,
    correlation_id,
    sys_domain as domain_id
    {{- extra_values() }}
from incidents
