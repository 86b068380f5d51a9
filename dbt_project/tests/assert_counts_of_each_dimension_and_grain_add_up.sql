{%- for metric in ['mttr', 'reassignment', 'noise', 'reopen', 'sla'] %}
select
    '{{ metric }}' as metric,
    parts.instance,
    parts.grain,
    parts.dimension,
    parts.resolved_count,
    totals.resolved_count as total_count
from (
    select instance, grain, dimension, sum(resolved_count) as resolved_count
    from {{ ref(metric) }}
    group by instance, grain, dimension
) as parts
inner join {{ ref(metric) }} as totals
    on totals.instance = parts.instance and totals.grain = 'all' and totals.dimension = 'all'
where parts.resolved_count <> totals.resolved_count
{{ 'union all' if not loop.last }}
{%- endfor %}
