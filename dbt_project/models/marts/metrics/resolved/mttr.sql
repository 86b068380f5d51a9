select
    instance,
    grain,
    period_start,
    dimension,
    dimension_value,
    is_partial,
    resolved_count,
    {{ minutes(mean_of('resolve_seconds_sum', 'resolve_seconds_count')) }} as mttr_minutes,
    median_minutes,
    p90_minutes,
    {{ minutes(mean_of('business_seconds_sum', 'business_seconds_count')) }} as business_mttr_minutes,
    child_count,
    {{ minutes(mean_of('without_children_seconds_sum', 'without_children_count')) }} as mttr_without_children_minutes
from {{ ref('int_resolved_figures') }}
