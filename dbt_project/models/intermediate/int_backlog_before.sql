{{ config(materialized='table') }}

{%- set built = last_built('sdm', 'itsm') -%}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and built is none %}
select instance, sys_id from {{ ref('int_incidents_to_build') }} where false
{%- else %}
with tickets as (
    {{ backlog_tickets(built) }}
)

select tickets.*
from tickets
inner join {{ ref('int_incidents_to_build') }} as to_build
    on to_build.instance = tickets.instance and to_build.sys_id = tickets.sys_id
{%- endif %}
