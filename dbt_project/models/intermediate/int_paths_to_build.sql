{{ config(materialized='table') }}

select * from {{ ref('int_paths_before') }}
{#- dbt learns here of what the other branch depends on. -#}
{%- if not execute or last_built('metrics', 'reassignment_paths') is not none %}
union
select moves.instance, moves.from_group, moves.to_group
from {{ ref('group_moves') }} as moves
inner join {{ ref('int_histories_to_build') }} as to_build
    on to_build.instance = moves.instance and to_build.sys_id = moves.sys_id
{%- endif %}
