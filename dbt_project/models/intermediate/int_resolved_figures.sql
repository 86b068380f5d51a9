{{ config(materialized='table') }}

{%- set dimensions = incident_dimensions() %}

with tickets as (
    select
        instance,
        grain,
        period_start,
        is_partial,
        resolve_minutes,
        resolve_seconds,
        business_seconds,
        is_child,
        reassignment_count,
        reopen_count,
        is_noise,
        has_close_code,
        made_sla,
        task_sla_count,
        task_sla_met_count
        {{ dimension_columns(dimensions) }}
    from {{ ref('int_resolved_periods') }}
),

-- Every figure of the resolved tickets; the long metric tables show some of these columns each. Shares are of all
-- resolved tickets; means and quantiles of those that have the number.
figures as (
    {%- for name in dimension_names(dimensions) %}
    select
        instance,
        grain,
        period_start,
        {{ dimension_and_value(name) }},
        is_partial,
        count(*) as resolved_count,

        {{ minutes(exact_mean('resolve_seconds')) }} as mttr_minutes,
        {{ quantiles('resolve_minutes', [0.5, 0.9]) }} as resolve_minutes_quantiles,
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
    from tickets
    group by {{ of_dimension(['instance', 'grain', 'period_start', 'is_partial'], name) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    *,
    {{ quantile_at('resolve_minutes_quantiles', 1) }} as median_minutes,
    {{ quantile_at('resolve_minutes_quantiles', 2) }} as p90_minutes
from figures
