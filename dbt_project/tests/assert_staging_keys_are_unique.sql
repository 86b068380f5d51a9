{#- A key that occurs twice would multiply rows in every join further on. -#}
{%- for table in [
    'change_request', 'cmdb_ci', 'cmdb_ci_outage', 'cmdb_ci_service', 'cmn_department', 'cmn_location', 'contract_sla',
    'incident', 'kb_category', 'kb_knowledge', 'kb_knowledge_base', 'problem', 'sys_user', 'sys_user_group', 'task_sla'
] %}
select '{{ table }}' as table_name, instance, sys_id, count(*) as row_count
from {{ ref('stg_servicenow__' ~ table) }}
group by instance, sys_id
having count(*) > 1 or instance is null or sys_id is null
{{ 'union all' if not loop.last }}
{%- endfor %}
