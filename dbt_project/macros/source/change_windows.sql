{#-
  Of changes (columns as `int_changes`), one row for each day on which an incident may fall under the window of
  `suspect_hours` after the change's end: joins by day stay small.
-#}
{% macro change_windows(changes) -%}
select
    changes.instance,
    changes.sys_id,
    changes.ci_id,
    changes.service_id,
    changes.is_failed,
    changes.ended_at,
    cast({{ later_by('cast(changes.ended_at as date)', 'days.number', 'day') }} as date) as covers
from {{ changes }} as changes
cross join (
    select 0 as number
    {%- for day in range(1, (var('suspect_hours') / 24) | round(0, 'ceil') | int + 1) %}
    union all
    select {{ day }} as number
    {%- endfor %}
) as days
where changes.ended_at is not null
{%- endmacro %}
