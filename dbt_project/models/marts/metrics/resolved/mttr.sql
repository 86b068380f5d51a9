-- depends_on: {{ ref('int_resolved_cells') }}, {{ ref('int_resolved_figures') }}, {{ ref('int_resolved_rebuilt') }}

select
    figures.instance,
    figures.grain,
    figures.period_start,
    figures.dimension,
    figures.dimension_value,
    figures.is_partial,
    figures.resolved_count,
    figures.mttr_minutes,
    figures.median_minutes,
    figures.p90_minutes,
    figures.business_mttr_minutes,
    figures.child_count,
    figures.mttr_without_children_minutes
from {{ ref('int_resolved_rebuilt' if is_incremental() else 'int_resolved_figures') }} as figures
