{#- The dimensions of the long tables and the column of `sdm.itsm` that each shows. -#}
{% macro incident_dimensions() -%}
  {{ return({
    'priority': 'cast(priority as varchar)',
    'assignment_group': 'assignment_group',
    'service': 'service',
    'category': 'category',
    'ci': 'ci_name',
    'opened_by_kind': 'opened_by_kind',
    'contact_type': 'contact_type',
  }) }}
{%- endmacro %}


{#- Every row of a relation with the columns of `sdm.itsm` once per dimension, as `dimension` and `dimension_value`. -#}
{% macro across_dimensions(relation) -%}
select
    incidents.*,
    dimensions.dimension,
    case dimensions.dimension
        {%- for dimension, expression in incident_dimensions().items() %}
        when '{{ dimension }}' then coalesce({{ filled(expression) }}, '(none)')
        {%- endfor %}
    end as dimension_value
from {{ relation }} as incidents
cross join (
    select 'all' as dimension
    {%- for dimension in incident_dimensions() %}
    union all
    select '{{ dimension }}' as dimension
    {%- endfor %}
) as dimensions
{%- endmacro %}
