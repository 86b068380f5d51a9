select
    instance,
    grain,
    period_start,
    dimension,
    dimension_value,
    is_partial,
    resolved_count,
    mean_reassignments,
    p90_reassignments,
    zero_share,
    three_plus_share
from {{ ref('int_resolved_figures') }}
