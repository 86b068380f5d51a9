{#- The dimensions of the long tables and the column of `sdm.itsm` that each shows; extra columns come last. -#}
{% macro incident_dimensions() -%}
  {%- set dimensions = {
    'priority': 'cast(priority as varchar)',
    'assignment_group': 'assignment_group',
    'service': 'service',
    'category': 'category',
    'ci': 'ci_name',
    'opened_by_kind': 'opened_by_kind',
    'contact_type': 'contact_type',
  } -%}
  {%- do dimensions.update(extra_dimensions()) -%}
  {{ return(dimensions) }}
{%- endmacro %}


{#- The dimensions of the metrics of changes and the column of `sdm.changes` that each shows. -#}
{% macro change_dimensions() -%}
  {{ return({'type': 'type', 'assignment_group': 'assignment_group'}) }}
{%- endmacro %}


{#-
  Figures per dimension in one pass over the tickets, instead of a copy of every ticket for each. With `dimensions` as
  above, a query adds `dimension_columns` to its rows, then selects `dimension_name` and `dimension_value` grouped by
  `each_dimension`.
-#}
{% macro dimension_columns(dimensions) -%}
  {%- for dimension, expression in dimensions.items() -%}
    , coalesce({{ filled(expression) }}, '(none)') as by_{{ dimension }}
  {%- endfor -%}
{%- endmacro %}

{% macro dimension_name(dimensions) -%}
  {%- if dimensions -%}
  case
    {%- for dimension in dimensions %}
    when grouping(by_{{ dimension }}) = 0 then '{{ dimension }}'
    {%- endfor %}
    else 'all'
  end
  {%- else -%}
  'all'
  {%- endif -%}
{%- endmacro %}

{#- The value of the one dimension that a row is grouped by, NULL for `all`. -#}
{% macro dimension_value(dimensions) -%}
  coalesce({% for dimension in dimensions %}by_{{ dimension }}, {% endfor %}null)
{%- endmacro %}

{#- The grouping sets: the columns `keys` alone, and with each dimension. -#}
{% macro each_dimension(keys, dimensions) -%}
  grouping sets (
    ({{ keys | join(', ') }})
    {%- for dimension in dimensions %},
    ({{ keys | join(', ') }}, by_{{ dimension }})
    {%- endfor %}
  )
{%- endmacro %}
