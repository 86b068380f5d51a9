{{ config(materialized='table') }}

{%- set built = last_built('sdm', 'task_slas') -%}

-- depends_on: {{ ref('int_task_slas_to_build') }}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and built is none %}
select instance, ticket_id from {{ ref('stg_servicenow__task_sla') }} where false
{%- else %}
-- An SLA may have gone over to another ticket.
{%- for slas in [built, ref('stg_servicenow__task_sla')] %}
select slas.instance, slas.ticket_id
from {{ slas }} as slas
inner join {{ ref('int_task_slas_to_build') }} as to_build
    on to_build.instance = slas.instance and to_build.sys_id = slas.sys_id
{{ 'union' if not loop.last }}
{%- endfor %}
{%- endif %}
