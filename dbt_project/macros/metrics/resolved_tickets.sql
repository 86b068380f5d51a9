{#- Which tickets the metrics of resolved tickets are about; the one place that says so. -#}
{% macro is_resolved_ticket(tickets) -%}
  not {{ tickets }}.is_cancelled
  and not {{ tickets }}.is_open
  and {{ tickets }}.resolved_at is not null
  and not {{ tickets }}.has_bad_clock
{%- endmacro %}
