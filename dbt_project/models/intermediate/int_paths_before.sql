{{ config(materialized='table') }}

{%- set built = last_built('sdm', 'group_moves') -%}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and built is none %}
{{ no_rows({'instance': 'varchar', 'from_group': 'varchar', 'to_group': 'varchar'}, ref('int_histories_to_build')) }}
{%- else %}
select distinct built.instance, built.from_group, built.to_group
from {{ built }} as built
inner join {{ ref('int_histories_to_build') }} as to_build
    on to_build.instance = built.instance and to_build.sys_id = built.sys_id
{%- endif %}
