select
    instance,
    grain,
    period_start,
    dimension,
    dimension_value,
    is_partial,
    resolved_count,
    made_sla_count,
    {{ ratio('made_sla_count', 'resolved_count') }} as made_sla_share,
    task_sla_count,
    {{ ratio('task_sla_met_count', 'nullif(task_sla_count, 0)') }} as task_sla_met_share
from {{ ref('int_resolved_figures') }}
