-- depends_on: {{ ref('int_resolved_cells') }}

select
    figures.instance,
    figures.grain,
    figures.period_start,
    figures.dimension,
    figures.dimension_value,
    figures.is_partial,
    figures.resolved_count,
    figures.made_sla_count,
    figures.made_sla_share,
    figures.task_sla_count,
    figures.task_sla_met_share
from {{ ref('int_resolved_figures') }} as figures
{{ of_rebuilt_cells('figures') }}
