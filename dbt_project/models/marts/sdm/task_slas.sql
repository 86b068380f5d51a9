{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_keys',
        rebuilt_keys='int_task_slas_to_build',
        on_schema_change='fail',
    )
}}

-- depends_on: {{ ref('int_task_slas_to_build') }}
-- depends_on: {{ ref('int_sla_tickets_to_build') }}

select
    slas.instance,
    slas.sys_id,
    slas.ticket_id,
    definitions.name as sla_name,
    definitions.target,
    slas.stage,
    slas.has_breached,
    slas.started_at,
    slas.ended_at,
    slas.due_at,
    {{ minutes('slas.elapsed_seconds') }} as elapsed_minutes,
    {{ minutes('slas.business_elapsed_seconds') }} as business_elapsed_minutes
from {{ ref('stg_servicenow__task_sla') }} as slas
{%- if last_built('sdm', 'task_slas') is not none %}
inner join {{ ref('int_task_slas_to_build') }} as to_build
    on to_build.instance = slas.instance and to_build.sys_id = slas.sys_id
{%- endif %}
left join {{ ref('stg_servicenow__contract_sla') }} as definitions
    on definitions.instance = slas.instance and definitions.sys_id = slas.sla_id
