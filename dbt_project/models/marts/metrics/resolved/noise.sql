-- depends_on: {{ ref('int_resolved_cells') }}, {{ ref('int_resolved_figures') }}, {{ ref('int_resolved_rebuilt') }}

select
    figures.instance,
    figures.grain,
    figures.period_start,
    figures.dimension,
    figures.dimension_value,
    figures.is_partial,
    figures.resolved_count,
    figures.noise_count,
    figures.noise_share,
    figures.noise_by_code_count,
    figures.noise_untouched_count
from {{ ref('int_resolved_rebuilt' if is_incremental() else 'int_resolved_figures') }} as figures
