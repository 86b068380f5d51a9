select
    instance,
    grain,
    period_start,
    dimension,
    dimension_value,
    is_partial,
    resolved_count,
    made_sla_count,
    made_sla_share,
    task_sla_count,
    task_sla_met_share
from {{ ref('int_resolved_figures') }}
