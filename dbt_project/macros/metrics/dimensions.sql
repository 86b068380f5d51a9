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
  Every row of a relation once per dimension, as `dimension` and `dimension_value`. `values` has the expression of each
  dimension besides `all`, by default those of incidents.
-#}
{% macro across_dimensions(relation, values=none) -%}
{%- set values = values or incident_dimensions() -%}
select
    records.*,
    dimensions.dimension,
    case dimensions.dimension
        {%- for dimension, expression in values.items() %}
        when '{{ dimension }}' then coalesce({{ filled(expression) }}, '(none)')
        {%- endfor %}
    end as dimension_value
from {{ relation }} as records
cross join (
    select 'all' as dimension
    {%- for dimension in values %}
    union all
    select '{{ dimension }}' as dimension
    {%- endfor %}
) as dimensions
{%- endmacro %}
