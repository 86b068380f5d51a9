{#-
  The quantile of a number by linear interpolation, DOUBLE; NULLs do not count. Engines, and releases of one engine,
  interpolate with different rounding errors: the ninth decimal is where they all agree.
-#}
{% macro quantile(expression, share) -%}
  {{ quantile_at(quantiles(expression, [share]), 1) }}
{%- endmacro %}

{#- Several quantiles of one number as a list, which takes little longer than one; see quantile_at. -#}
{% macro quantiles(expression, shares) -%}
  {{ adapter.dispatch('quantiles')(expression, shares) }}
{%- endmacro %}

{% macro default__quantiles(expression, shares) -%}
  percentile_cont(array[{{ shares | join(', ') }}]) within group (order by {{ expression }})
{%- endmacro %}

{% macro duckdb__quantiles(expression, shares) -%}
  quantile_cont({{ expression }}, [{{ shares | join(', ') }}])
{%- endmacro %}

{% macro spark__quantiles(expression, shares) -%}
  percentile({{ expression }}, array({{ shares | join(', ') }}))
{%- endmacro %}

{#- The quantile at a place, from 1, of such a list; in another unit, of which `per` of the list's are one. -#}
{% macro quantile_at(list, place, per=1) -%}
  round({{ adapter.dispatch('list_item')(list, place) }}{{ ' / ' ~ per if per != 1 }}, 9)
{%- endmacro %}

{% macro default__list_item(list, place) -%}
  ({{ list }})[{{ place }}]
{%- endmacro %}

{% macro spark__list_item(list, place) -%}
  element_at({{ list }}, {{ place }})
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
