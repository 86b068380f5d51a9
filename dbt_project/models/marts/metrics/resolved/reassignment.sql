-- depends_on: {{ ref('int_resolved_cells') }}, {{ ref('int_resolved_figures') }}, {{ ref('int_resolved_rebuilt') }}

select
    figures.instance,
    figures.grain,
    figures.period_start,
    figures.dimension,
    figures.dimension_value,
    figures.is_partial,
    figures.resolved_count,
    figures.mean_reassignments,
    figures.p90_reassignments,
    figures.zero_share,
    figures.three_plus_share
from {{ ref('int_resolved_rebuilt' if is_incremental() else 'int_resolved_figures') }} as figures
