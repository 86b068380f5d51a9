{#-
  A long metric table: the measures of the call's body, per instance, period and dimension of the resolved tickets.
  The body sees the columns of `int_resolved_by_dimension`.
-#}
{% macro resolved_metric() -%}
select
    instance,
    grain,
    period_start,
    dimension,
    dimension_value,
    is_partial,
    count(*) as resolved_count,
    {{ caller() | trim }}
from {{ ref('int_resolved_by_dimension') }}
group by instance, grain, period_start, dimension, dimension_value, is_partial
{%- endmacro %}
