{#-
  Every figure of the resolved tickets, by instance, period and dimension; with `cells` (instance, grain, period_start,
  dimension, dimension_value), of these alone.
-#}
{% macro resolved_figures(cells=none) -%}
with
-- Every figure of the resolved tickets; the long metric tables show some of these columns each. Shares are of all
-- resolved tickets; means and quantiles of those that have the number. Each query reads the tickets for itself: engines
-- would keep what they share, of every grain with all of its columns.
figures as (
    {%- for name in dimension_names(incident_dimensions()) %}
    {%- set dimension_loop = loop %}
    {%- for grain in grains() %}
    select
        tickets.instance,
        tickets.grain,
        tickets.period_start,
        {{ dimension_and_value(name) }},
        count(*) as resolved_count,

        {{ minutes(exact_mean('resolve_seconds')) }} as mttr_minutes,
        {{ quantiles('resolve_seconds', [0.5, 0.9]) }} as resolve_seconds_quantiles,
        {{ minutes(exact_mean('business_seconds')) }} as business_mttr_minutes,
        {{ count_where('is_child') }} as child_count,
        {{ minutes(exact_mean('case when not is_child then resolve_seconds end')) }} as mttr_without_children_minutes,

        {{ exact_mean('reassignment_count') }} as mean_reassignments,
        {{ quantile('reassignment_count', 0.9) }} as p90_reassignments,
        {{ share_where('reassignment_count = 0') }} as zero_share,
        {{ share_where('reassignment_count >= 3') }} as three_plus_share,

        {{ count_where('is_noise') }} as noise_count,
        {{ share_where('is_noise') }} as noise_share,
        {{ count_where('is_noise and has_close_code') }} as noise_by_code_count,
        {{ count_where('is_noise and not has_close_code') }} as noise_untouched_count,

        {{ count_where('reopen_count > 0') }} as reopened_count,
        {{ share_where('reopen_count > 0') }} as reopen_rate,

        {{ count_where('made_sla') }} as made_sla_count,
        {{ share_where('made_sla') }} as made_sla_share,
        cast(sum(task_sla_count) as bigint) as task_sla_count,
        {{ ratio('sum(task_sla_met_count)', 'nullif(sum(task_sla_count), 0)') }} as task_sla_met_share
    from {{ ref('int_resolved_periods') }} as tickets
    {%- if cells %}
    inner join {{ cells }} as cells
        on cells.instance = tickets.instance
        and cells.grain = '{{ grain }}'
        and cells.dimension = '{{ name }}'
        {%- if grain != 'all' %}
        and cells.period_start = tickets.period_start
        {%- endif %}
        {%- if name != 'all' %}
        and cells.dimension_value = tickets.by_{{ name }}
        {%- endif %}
    {%- endif %}
    where tickets.grain = '{{ grain }}'
    group by {{ of_dimension(['tickets.instance', 'tickets.grain', 'tickets.period_start'], name) }}
    {{ 'union all' if not (loop.last and dimension_loop.last) }}
    {%- endfor %}
    {%- endfor %}
)

select
    figures.instance,
    figures.grain,
    figures.period_start,
    figures.dimension,
    figures.dimension_value,
    {{ is_cut('figures', 'instances') }} as is_partial,
    figures.resolved_count,
    figures.mttr_minutes,
    {{ quantile_at('figures.resolve_seconds_quantiles', 1, per=60) }} as median_minutes,
    {{ quantile_at('figures.resolve_seconds_quantiles', 2, per=60) }} as p90_minutes,
    figures.business_mttr_minutes,
    figures.child_count,
    figures.mttr_without_children_minutes,
    figures.mean_reassignments,
    figures.p90_reassignments,
    figures.zero_share,
    figures.three_plus_share,
    figures.noise_count,
    figures.noise_share,
    figures.noise_by_code_count,
    figures.noise_untouched_count,
    figures.reopened_count,
    figures.reopen_rate,
    figures.made_sla_count,
    figures.made_sla_share,
    figures.task_sla_count,
    figures.task_sla_met_share
from figures
left join {{ ref('int_instances') }} as instances on instances.instance = figures.instance
{%- endmacro %}
