{#-
  A reference may outlive its row; then its name is NULL. It never is where the row is there and has a name. A partial
  build may have broken this in incidents that it made, and in those that refer to rows that came.
-#}

-- depends_on: {{ ref('int_incidents_to_build') }} {{ ref('stg_ticketlake__unbuilt_rows') }}

{%- set references = [
    ('opened_by_id', 'opened_by_name', 'sys_user', 'name'),
    ('caller_id', 'caller_name', 'sys_user', 'name'),
    ('assigned_to_id', 'assigned_to_name', 'sys_user', 'name'),
    ('assignment_group_id', 'assignment_group', 'sys_user_group', 'name'),
    ('ci_id', 'ci_name', 'cmdb_ci', 'name'),
    ('service_id', 'service', 'cmdb_ci_service', 'name'),
    ('caused_by_change_id', 'caused_by_change', 'change_request', 'number'),
    ('problem_id', 'problem', 'problem', 'number'),
] %}
{%- if is_partial_build() %}
with made as (
    select
        incidents.instance,
        incidents.sys_id
        {%- for id, name, referenced, referenced_name in references %},
        incidents.{{ id }},
        incidents.{{ name }}
        {%- endfor %}
    from {{ ref('itsm') }} as incidents
    inner join {{ ref('int_incidents_to_build') }} as keys
        on keys.instance = incidents.instance and keys.sys_id = incidents.sys_id
)
{%- endif %}
{%- set made_and_all = ['made', ref('itsm')] if is_partial_build() else [ref('itsm')] %}
{%- for incidents in made_and_all %}
{%- set is_last = loop.last %}
{%- for id, name, referenced, referenced_name in references %}
select incidents.instance, incidents.sys_id, '{{ id }}' as reference
from {{ incidents }} as incidents
inner join {{ ref('stg_servicenow__' ~ referenced) }} as referenced
    on referenced.instance = incidents.instance and referenced.sys_id = incidents.{{ id }}
{%- if is_partial_build() and is_last %}
inner join {{ unbuilt_keys(referenced) }} as keys
    on keys.instance = referenced.instance and keys.sys_id = referenced.sys_id
{%- endif %}
where coalesce(incidents.{{ name }}, '') <> coalesce(referenced.{{ referenced_name }}, '')
{{ 'union all' if not (loop.last and is_last) }}
{%- endfor %}
{%- endfor %}
