select
    instance,
    grain,
    period_start,
    dimension,
    dimension_value,
    is_partial,
    resolved_count,
    reopened_count,
    {{ ratio('reopened_count', 'resolved_count') }} as reopen_rate
from {{ ref('int_resolved_figures') }}
