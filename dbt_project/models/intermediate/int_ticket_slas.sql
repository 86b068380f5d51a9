select
    instance,
    ticket_id,
    count(*) as sla_count,
    {{ count_where('not has_breached') }} as met_count
from {{ ref('stg_servicenow__task_sla') }}
where has_breached is not null and coalesce({{ caseless('stage') }}, '') not in ('cancelled', 'canceled')
group by instance, ticket_id
