{#- A value as another type, NULL where it does not fit. -#}
{% macro as_type(expression, type) -%}
  {{ adapter.dispatch('as_type')(expression, type) }}
{%- endmacro %}

{% macro default__as_type(expression, type) -%}
  cast({{ expression }} as {{ type }})
{%- endmacro %}

{% macro duckdb__as_type(expression, type) -%}
  try_cast({{ expression }} as {{ type }})
{%- endmacro %}

{% macro spark__as_type(expression, type) -%}
  try_cast({{ expression }} as {{ type }})
{%- endmacro %}


{#- A quotient of two numbers, always DOUBLE. -#}
{% macro ratio(numerator, denominator) -%}
  cast({{ numerator }} as double) / {{ denominator }}
{%- endmacro %}


{#- Seconds as minutes, DOUBLE. -#}
{% macro minutes(seconds) -%}
  {{ ratio(seconds, 60) }}
{%- endmacro %}
