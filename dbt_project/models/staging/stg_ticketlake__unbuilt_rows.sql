{#- A table, because many models look into it. A build in full asks for no row of it. -#}
{{ config(materialized='table') }}

{#- Tables whose rows show in those of others, and the column that names the incident where there is one. -#}
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
    'task_sla': none,
    'contract_sla': none,
} -%}

{%- for table, column in incident_columns.items() %}
{%- set key %}
    instance,
    '{{ table }}' as table_name,
    sys_id,
    {{ column or 'cast(null as varchar)' }} as incident_id
{%- endset %}
select {{ key }}
from {{ source('raw_servicenow', table) }} as held
-- The loads first: where they are few, a scan skips what has none of them.
inner join (
    -- Made distinct before it is asked which are built: once for each load, not for each row.
    select load_id
    from (select distinct _dlt_load_id as load_id from {{ source('raw_servicenow', table) }}) as held_loads
    where load_id not in (select load_id from {{ source('ticketlake', 'built_loads') }})
) as loads
    on loads.load_id = held._dlt_load_id
{{ 'where false' if flags.FULL_REFRESH }}
union all
-- A row that no load brought counts as new.
select {{ key }}
from {{ source('raw_servicenow', table) }}
where _dlt_load_id is null {{ 'and false' if flags.FULL_REFRESH }}
{{ 'union all' if not loop.last }}
{%- endfor %}
