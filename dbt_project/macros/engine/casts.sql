{#- A value as another type, NULL where it does not fit. Type `seconds` is a duration, BIGINT; see as_seconds. -#}
{% macro as_type(expression, type) -%}
  {%- if type == 'seconds' -%}
    {{ as_seconds(expression) }}
  {%- else -%}
    {{ adapter.dispatch('as_type')(expression, type) }}
  {%- endif -%}
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


{#- A duration in seconds, BIGINT. A column that has become text holds it as the source writes it, a time since 1970. -#}
{% macro as_seconds(expression) -%}
  {{ adapter.dispatch('as_seconds')(expression) }}
{%- endmacro %}

{% macro default__as_seconds(expression) -%}
  {{ as_type(expression, 'bigint') }}
{%- endmacro %}

{% macro duckdb__as_seconds(expression) -%}
  coalesce(
    try_cast({{ expression }} as bigint),
    cast(epoch(try_cast(cast({{ expression }} as varchar) as timestamp)) as bigint)
  )
{%- endmacro %}


{#- A quotient of two numbers, always DOUBLE. -#}
{% macro ratio(numerator, denominator) -%}
  cast({{ numerator }} as double) / {{ denominator }}
{%- endmacro %}


{#- Seconds as minutes, DOUBLE. -#}
{% macro minutes(seconds) -%}
  {{ ratio(seconds, 60) }}
{%- endmacro %}
