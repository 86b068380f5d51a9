{#-
  A key that occurs twice would multiply rows in every join further on. A partial build looks at the keys of the rows
  that came: the others were unique when the last build ended. Where none came, as after a full build, at all.
-#}

-- depends_on: {{ ref('stg_ticketlake__unbuilt_rows') }}

{%- set with_new_rows = [
    'change_request', 'cmdb_ci', 'cmdb_ci_service', 'cmn_department', 'cmn_location', 'contract_sla', 'incident',
    'problem', 'sys_user', 'sys_user_group', 'task_sla'
] %}
{%- set others = ['cmdb_ci_outage', 'kb_category', 'kb_knowledge', 'kb_knowledge_base'] %}
{%- if is_partial_build() %}
{%- for table in with_new_rows %}
select '{{ table }}' as table_name, held.instance, held.sys_id, count(*) as row_count
from {{ ref('stg_servicenow__' ~ table) }} as held
inner join {{ unbuilt_keys(table) }} as keys
    on keys.instance = held.instance and keys.sys_id = held.sys_id
group by held.instance, held.sys_id
having count(*) > 1
union all
{%- endfor %}
select table_name, instance, sys_id, 1 as row_count
from {{ ref('stg_ticketlake__unbuilt_rows') }}
where (instance is null or sys_id is null)
    and table_name not in ('task_ci', 'sys_audit')
union all
{%- endif %}
{%- for table in with_new_rows + others %}
select '{{ table }}' as table_name, instance, sys_id, count(*) as row_count
from {{ ref('stg_servicenow__' ~ table) }}
{%- if is_partial_build() and table in with_new_rows %}
where not exists (select 1 from {{ ref('stg_ticketlake__unbuilt_rows') }})
{%- endif %}
group by instance, sys_id
having count(*) > 1 or instance is null or sys_id is null
{{ 'union all' if not loop.last }}
{%- endfor %}
