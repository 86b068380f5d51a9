select
    instance,
    grain,
    period_start,
    dimension,
    dimension_value,
    is_partial,
    resolved_count,
    {{ mean_of('reassignment_sum', 'reassignment_known_count') }} as mean_reassignments,
    p90_reassignments,
    {{ ratio('zero_count', 'resolved_count') }} as zero_share,
    {{ ratio('three_plus_count', 'resolved_count') }} as three_plus_share
from {{ ref('int_resolved_figures') }}
