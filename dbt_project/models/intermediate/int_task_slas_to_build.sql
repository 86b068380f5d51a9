{{ config(materialized='table') }}

{%- set built = last_built('sdm', 'task_slas') -%}

-- depends_on: {{ ref('stg_servicenow__task_sla') }}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and built is none %}
select instance, sys_id from {{ ref('stg_servicenow__task_sla') }}
{%- else %}
with new_rows as (
    select * from {{ ref('stg_ticketlake__unbuilt_rows') }}
),

gone as (
    select * from {{ ref('stg_ticketlake__deleted_records') }}
),

definitions_since as (
    select instance, sys_id from new_rows where table_name = 'contract_sla'
    union
    select instance, sys_id from gone where table_name = 'contract_sla'
)

select instance, sys_id from new_rows where table_name = 'task_sla'
union
select built.instance, built.sys_id
from {{ built }} as built
inner join gone
    on gone.table_name = 'task_sla' and gone.instance = built.instance and gone.sys_id = built.sys_id
union
-- Definitions that say something else than they did.
select built.instance, built.sys_id
from {{ ref('stg_servicenow__task_sla') }} as slas
inner join definitions_since
    on definitions_since.instance = slas.instance and definitions_since.sys_id = slas.sla_id
inner join {{ built }} as built on built.instance = slas.instance and built.sys_id = slas.sys_id
left join {{ ref('stg_servicenow__contract_sla') }} as definitions
    on definitions.instance = slas.instance and definitions.sys_id = slas.sla_id
where built.sla_name is distinct from definitions.name or built.target is distinct from definitions.target
{%- endif %}
