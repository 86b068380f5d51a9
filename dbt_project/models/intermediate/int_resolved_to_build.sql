{{ config(materialized='table') }}

{%- set built = last_built('intermediate', 'int_resolved_facts') -%}

select instance, sys_id from {{ ref('int_incidents_to_build') }}
{#- dbt learns here of what the other branch depends on. -#}
{%- if not execute or built is not none %}

union

-- SLAs come, end and go in rows of their own.
select built.instance, built.sys_id
from {{ built }} as built
left join {{ ref('int_ticket_slas') }} as slas
    on slas.instance = built.instance and slas.ticket_id = built.sys_id
where built.task_sla_count <> coalesce(slas.sla_count, 0)
    or built.task_sla_met_count <> coalesce(slas.met_count, 0)
{%- endif %}
