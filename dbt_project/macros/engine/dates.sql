{#- Whole seconds between two timestamps, BIGINT; negative where the second is the earlier. -#}
{% macro seconds_between(start, finish) -%}
  {{ adapter.dispatch('seconds_between')(start, finish) }}
{%- endmacro %}

{% macro default__seconds_between(start, finish) -%}
  cast(extract(epoch from {{ finish }}) - extract(epoch from {{ start }}) as bigint)
{%- endmacro %}

{% macro duckdb__seconds_between(start, finish) -%}
  date_diff('second', {{ start }}, {{ finish }})
{%- endmacro %}

{% macro spark__seconds_between(start, finish) -%}
  timestampdiff(second, {{ start }}, {{ finish }})
{%- endmacro %}


{#- The first day of the month or week (Monday) of a timestamp or date, DATE. -#}
{% macro period_start(grain, moment) -%}
  {{ adapter.dispatch('period_start')(grain, moment) }}
{%- endmacro %}

{% macro default__period_start(grain, moment) -%}
  cast(date_trunc('{{ grain }}', {{ moment }}) as date)
{%- endmacro %}


{#- A date or timestamp `count` (an expression) days, weeks or months later, of the same type. -#}
{% macro later_by(moment, count, unit) -%}
  {{ adapter.dispatch('later_by')(moment, count, unit) }}
{%- endmacro %}

{% macro default__later_by(moment, count, unit) -%}
  {{ moment }} + {{ count }} * interval '1 {{ unit }}'
{%- endmacro %}

{% macro spark__later_by(moment, count, unit) -%}
  {{ moment }} + {{ count }} * interval '1' {{ unit }}
{%- endmacro %}


{#- A table function of one column `as_of`: every day from the first to the last, both included. -#}
{% macro days_between(first_day, last_day) -%}
  {{ adapter.dispatch('days_between')(first_day, last_day) }}
{%- endmacro %}

{% macro default__days_between(first_day, last_day) -%}
  cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval '1 day')) as date)
{%- endmacro %}

{% macro spark__days_between(first_day, last_day) -%}
  explode(sequence({{ first_day }}, {{ last_day }}))
{%- endmacro %}
