{#-
  What adds up over the resolved tickets, and which of them it counts: the metrics compute their means and shares of
  it. A partial build adds what came to what was, and takes off what went.
-#}
{% macro resolved_counts() -%}
  {{ return({
    'resolved_count': 'true',
    'resolve_seconds_count': 'resolve_seconds is not null',
    'business_seconds_count': 'business_seconds is not null',
    'child_count': 'is_child',
    'without_children_count': 'not is_child and resolve_seconds is not null',
    'reassignment_known_count': 'reassignment_count is not null',
    'zero_count': 'reassignment_count = 0',
    'three_plus_count': 'reassignment_count >= 3',
    'noise_count': 'is_noise',
    'noise_by_code_count': 'is_noise and has_close_code',
    'noise_untouched_count': 'is_noise and not has_close_code',
    'reopened_count': 'reopen_count > 0',
    'made_sla_count': 'made_sla',
  }) }}
{%- endmacro %}

{#- Whole numbers: their sums do not depend on the order of the rows. -#}
{% macro resolved_sums() -%}
  {{ return({
    'resolve_seconds_sum': 'resolve_seconds',
    'business_seconds_sum': 'business_seconds',
    'without_children_seconds_sum': 'case when not is_child then resolve_seconds end',
    'reassignment_sum': 'reassignment_count',
    'task_sla_count': 'task_sla_count',
    'task_sla_met_count': 'task_sla_met_count',
  }) }}
{%- endmacro %}

{#- The columns of both. -#}
{% macro resolved_added() -%}
  {{ return((resolved_counts() | list) + (resolved_sums() | list)) }}
{%- endmacro %}


{#-
  What does not add up: of tickets in one group of a query. The quantiles of the seconds are a list, which
  `resolved_quantiles` takes apart.
-#}
{% macro resolved_quantile_lists() -%}
  {{ quantiles('resolve_seconds', [0.5, 0.9]) }} as resolve_seconds_quantiles,
  {{ quantile('reassignment_count', 0.9) }} as p90_reassignments
{%- endmacro %}

{% macro resolved_quantiles(lists) -%}
  {{ quantile_at(lists ~ '.resolve_seconds_quantiles', 1, per=60) }} as median_minutes,
  {{ quantile_at(lists ~ '.resolve_seconds_quantiles', 2, per=60) }} as p90_minutes,
  {{ lists }}.p90_reassignments
{%- endmacro %}
