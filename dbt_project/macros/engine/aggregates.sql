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
  {{ adapter.dispatch('count_where')(condition) }}
{%- endmacro %}

{% macro default__count_where(condition) -%}
  count(case when {{ condition }} then 1 end)
{%- endmacro %}

{#- Half of the time: there is no column to make of the condition first. It counts nothing where all are NULL. -#}
{% macro duckdb__count_where(condition) -%}
  coalesce(cast(count_if({{ condition }}) as bigint), 0)
{%- endmacro %}


{#- The share of all rows of the group that meet a condition, DOUBLE. -#}
{% macro share_where(condition) -%}
  {{ ratio(count_where(condition), 'count(*)') }}
{%- endmacro %}


{#- A mean, DOUBLE, of the sum and the count of what is known; NULL where nothing is. -#}
{% macro mean_of(sum, count) -%}
  {{ ratio(sum, 'nullif(' ~ count ~ ', 0)') }}
{%- endmacro %}


{#- The value that so many are not less than; the least where there are fewer. The greatest `count` are at least it. -#}
{% macro greatest_down_to(expression, count) -%}
  {{ adapter.dispatch('greatest_down_to')(expression, count) }}
{%- endmacro %}

{% macro default__greatest_down_to(expression, count) -%}
  (array_agg({{ expression }} order by {{ expression }} desc))[least({{ count }}, count({{ expression }}))]
{%- endmacro %}

{% macro duckdb__greatest_down_to(expression, count) -%}
  list_min(max({{ expression }}, {{ count }}))
{%- endmacro %}

{% macro spark__greatest_down_to(expression, count) -%}
  element_at(sort_array(collect_list({{ expression }}), false), cast(least({{ count }}, count({{ expression }})) as integer))
{%- endmacro %}


{#- A number that all texts of a group make together, whatever their order: other texts make another. -#}
{% macro checksum(expression) -%}
  {{ adapter.dispatch('checksum')(expression) }}
{%- endmacro %}

{% macro default__checksum(expression) -%}
  sum(cast(hashtextextended({{ expression }}, 0) as decimal(38, 0)))
{%- endmacro %}

{% macro duckdb__checksum(expression) -%}
  sum(hash({{ expression }}))
{%- endmacro %}

{% macro spark__checksum(expression) -%}
  sum(cast(xxhash64({{ expression }}) as decimal(38, 0)))
{%- endmacro %}
