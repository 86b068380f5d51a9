{#- Tables whose rows show in those of incidents, and the column that names the incident where there is one. -#}
{%- set incident_columns = {
    'incident': 'sys_id',
    'task_ci': 'task',
    'sys_audit': "case when tablename = 'incident' then documentkey end",
    'sys_user': none,
    'sys_user_group': none,
    'cmdb_ci': none,
    'cmdb_ci_service': none,
    'cmn_department': none,
    'cmn_location': none,
    'problem': none,
    'change_request': none,
} -%}

{%- for table, column in incident_columns.items() %}
select
    instance,
    '{{ table }}' as table_name,
    sys_id,
    {{ column or 'cast(null as varchar)' }} as incident_id
from {{ source('raw_servicenow', table) }}
-- A row that no load brought counts as new.
where coalesce(_dlt_load_id, '') not in (select load_id from {{ source('ticketlake', 'built_loads') }})
{{ 'union all' if not loop.last }}
{%- endfor %}
