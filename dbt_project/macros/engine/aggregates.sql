{#-
  The quantile of a number by linear interpolation, DOUBLE; NULLs do not count. Engines, and releases of one engine,
  interpolate with different rounding errors: the ninth decimal is where they all agree.
-#}
{% macro quantile(expression, share) -%}
  round({{ adapter.dispatch('interpolated_quantile')(expression, share) }}, 9)
{%- endmacro %}

{% macro default__interpolated_quantile(expression, share) -%}
  percentile_cont({{ share }}) within group (order by {{ expression }})
{%- endmacro %}

{% macro duckdb__interpolated_quantile(expression, share) -%}
  quantile_cont(cast({{ expression }} as double), {{ share }})
{%- endmacro %}


{#- How many rows meet a condition, BIGINT. -#}
{% macro count_where(condition) -%}
  count(case when {{ condition }} then 1 end)
{%- endmacro %}


{#- The share of all rows of the group that meet a condition, DOUBLE. -#}
{% macro share_where(condition) -%}
  {{ ratio(count_where(condition), 'count(*)') }}
{%- endmacro %}


{#- The mean of whole numbers, DOUBLE. Summed as integers: the result does not depend on the order of the rows. -#}
{% macro exact_mean(expression) -%}
  {{ ratio('sum(' ~ expression ~ ')', 'nullif(count(' ~ expression ~ '), 0)') }}
{%- endmacro %}
