{{ config(materialized='table') }}

{%- set built = last_built('sdm', 'itsm') -%}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and built is none %}
select instance, sys_id from {{ ref('int_incidents_to_build') }} where false
{%- else %}
select built.*
from {{ built }} as built
inner join {{ ref('int_incidents_to_build') }} as to_build
    on to_build.instance = built.instance and to_build.sys_id = built.sys_id
{%- endif %}
