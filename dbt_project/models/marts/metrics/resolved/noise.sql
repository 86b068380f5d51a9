select
    instance,
    grain,
    period_start,
    dimension,
    dimension_value,
    is_partial,
    resolved_count,
    noise_count,
    {{ ratio('noise_count', 'resolved_count') }} as noise_share,
    noise_by_code_count,
    noise_untouched_count
from {{ ref('int_resolved_figures') }}
