-- The tickets that the metrics of resolved tickets are about.
select
    incidents.*,
    -- Whole seconds again: their sums do not depend on the order of the rows, those of doubles do.
    cast(round(incidents.resolve_minutes * 60) as bigint) as resolve_seconds,
    cast(round(incidents.business_minutes * 60) as bigint) as business_seconds,
    {{ filled('incidents.close_code') }} is not null as has_close_code,
    coalesce(slas.sla_count, 0) as task_sla_count,
    coalesce(slas.met_count, 0) as task_sla_met_count
from {{ ref('itsm') }} as incidents
left join {{ ref('int_ticket_slas') }} as slas
    on slas.instance = incidents.instance and slas.ticket_id = incidents.sys_id
where {{ is_resolved_ticket('incidents') }}
