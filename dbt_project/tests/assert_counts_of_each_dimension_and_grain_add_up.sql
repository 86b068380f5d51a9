{%- set counts = {
    'mttr': ['resolved_count', 'child_count'],
    'reassignment': ['resolved_count'],
    'noise': ['resolved_count', 'noise_count', 'noise_by_code_count', 'noise_untouched_count'],
    'reopen': ['resolved_count', 'reopened_count'],
    'sla': ['resolved_count', 'made_sla_count', 'task_sla_count'],
} %}
{%- for metric, columns in counts.items() %}
select
    '{{ metric }}' as metric,
    parts.instance,
    parts.grain,
    parts.dimension
from (
    select
        instance,
        grain,
        dimension,
        {%- for column in columns %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(metric) }}
    group by instance, grain, dimension
) as parts
inner join {{ ref(metric) }} as totals
    on totals.instance = parts.instance and totals.grain = 'all' and totals.dimension = 'all'
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}parts.{{ column }} <> totals.{{ column }}
    {%- endfor %}
{{ 'union all' if not loop.last }}
{%- endfor %}
