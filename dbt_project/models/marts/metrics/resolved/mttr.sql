select
    instance,
    grain,
    period_start,
    dimension,
    dimension_value,
    is_partial,
    resolved_count,
    mttr_minutes,
    median_minutes,
    p90_minutes,
    business_mttr_minutes,
    child_count,
    mttr_without_children_minutes
from {{ ref('int_resolved_figures') }}
