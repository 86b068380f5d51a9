{#- A reference may outlive its row; then its name is NULL. It never is where the row is there and has a name. -#}
{%- for id, name, referenced, referenced_name in [
    ('opened_by_id', 'opened_by_name', 'stg_servicenow__sys_user', 'name'),
    ('caller_id', 'caller_name', 'stg_servicenow__sys_user', 'name'),
    ('assigned_to_id', 'assigned_to_name', 'stg_servicenow__sys_user', 'name'),
    ('assignment_group_id', 'assignment_group', 'stg_servicenow__sys_user_group', 'name'),
    ('ci_id', 'ci_name', 'stg_servicenow__cmdb_ci', 'name'),
    ('service_id', 'service', 'stg_servicenow__cmdb_ci_service', 'name'),
    ('caused_by_change_id', 'caused_by_change', 'stg_servicenow__change_request', 'number'),
    ('problem_id', 'problem', 'stg_servicenow__problem', 'number'),
] %}
select incidents.instance, incidents.sys_id, '{{ id }}' as reference
from {{ ref('itsm') }} as incidents
inner join {{ ref(referenced) }} as referenced
    on referenced.instance = incidents.instance and referenced.sys_id = incidents.{{ id }}
where coalesce(incidents.{{ name }}, '') <> coalesce(referenced.{{ referenced_name }}, '')
{{ 'union all' if not loop.last }}
{%- endfor %}
