{#- The (instance, sys_id) of the rows of a raw table that no build has seen, each once. -#}
{% macro unbuilt_keys(table) -%}
(
    select instance, sys_id
    from {{ ref('stg_ticketlake__unbuilt_rows') }}
    where table_name = '{{ table }}'
    group by instance, sys_id
)
{%- endmacro %}
