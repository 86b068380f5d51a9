{#-
  The query of a test: where the counts of a dimension's values do not add up to those of `all`. `keys` are the columns
  that a total is for.
-#}
{% macro parts_unlike_totals(relation, keys, counts) -%}
with parts as (
    select
        {{ keys | join(', ') }},
        dimension,
        {%- for count in counts %}
        sum({{ count }}) as {{ count }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    group by {{ keys | join(', ') }}, dimension
)

select
    {%- for key in keys %}
    parts.{{ key }},
    {%- endfor %}
    parts.dimension
from parts
left join {{ relation }} as totals
    on totals.dimension = 'all'
    {%- for key in keys %}
    and totals.{{ key }} = parts.{{ key }}
    {%- endfor %}
where totals.dimension is null
    {%- for count in counts %}
    or parts.{{ count }} <> totals.{{ count }}
    {%- endfor %}
{%- endmacro %}
