{#- A query without rows, of columns given as names and types. Of a relation, so that its model is built before. -#}
{% macro no_rows(columns, relation) -%}
select
    {%- for name, type in columns.items() %}
    cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
where false
{%- endmacro %}
