{#- The lengths of the periods that figures of resolved tickets are of. -#}
{% macro grains() -%}
  {{ return(['all', 'month', 'week', 'day']) }}
{%- endmacro %}


{#-
  Whether history start, retention or now cuts a period (a row with `grain` and `period_start`): a condition that is
  never NULL. `instances` is the row of int_instances that belongs to it.
-#}
{% macro is_cut(period, instances) -%}
  {%- set starts_at = 'cast(' ~ period ~ '.period_start as timestamp)' -%}
  coalesce(
    {{ starts_at }} < {{ instances }}.history_start_at
    or {{ starts_at }} < {{ instances }}.retention_start_at
    or case {{ period }}.grain
      {%- for grain, count, unit in [('month', 1, 'month'), ('week', 7, 'day'), ('day', 1, 'day')] %}
      when '{{ grain }}' then cast({{ later_by(period ~ '.period_start', count, unit) }} as timestamp)
      {%- endfor %}
    end > {{ instances }}.now_at,
    false
  )
{%- endmacro %}
