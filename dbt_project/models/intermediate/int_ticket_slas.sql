{{ config(materialized='rows_to_build', built=['intermediate', 'int_resolved_facts']) }}

-- depends_on: {{ ref('int_resolved_to_build') }}

select
    slas.instance,
    slas.ticket_id,
    count(*) as sla_count,
    {{ count_where('not slas.has_breached') }} as met_count
from {{ ref('stg_servicenow__task_sla') }} as slas
{%- if execute and last_built('intermediate', 'int_resolved_facts') is not none %}
inner join {{ ref('int_resolved_to_build') }} as to_build
    on to_build.instance = slas.instance and to_build.sys_id = slas.ticket_id
{%- endif %}
where slas.has_breached is not null and coalesce({{ caseless('slas.stage') }}, '') not in ('cancelled', 'canceled')
group by slas.instance, slas.ticket_id
