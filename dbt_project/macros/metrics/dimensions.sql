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
  Figures by dimension: `dimension_columns` are added to the rows once, and a query of its own groups them by each of
  `dimension_names`, all put together. Engines hold the groups of one dimension at a time so, and not those of all.
-#}
{% macro dimension_columns(dimensions) -%}
  {%- for dimension, expression in dimensions.items() -%}
    , coalesce({{ filled(expression) }}, '(none)') as by_{{ dimension }}
  {%- endfor -%}
{%- endmacro %}

{#- `all` and the names of the dimensions. -#}
{% macro dimension_names(dimensions) -%}
  {{ return(['all'] + (dimensions | list)) }}
{%- endmacro %}

{#- The columns `dimension` and `dimension_value` of the rows of one of those names; NULL is the value for `all`. -#}
{% macro dimension_and_value(name) -%}
  '{{ name }}' as dimension, {{ 'cast(null as varchar)' if name == 'all' else 'by_' ~ name }} as dimension_value
{%- endmacro %}

{#- What the rows are grouped by: the columns `keys`, and the value. -#}
{% macro of_dimension(keys, name) -%}
  {{ (keys + ([] if name == 'all' else ['by_' ~ name])) | join(', ') }}
{%- endmacro %}
