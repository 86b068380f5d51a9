select
    instance,
    sys_id,
    task as ticket_id,
    sla as sla_id,
    stage,
    {{ as_type('has_breached', 'boolean') }} as has_breached,
    {{ as_type('start_time', 'timestamp') }} as started_at,
    {{ as_type('end_time', 'timestamp') }} as ended_at,
    {{ as_type('planned_end_time', 'timestamp') }} as due_at,
    {{ as_type('duration', 'seconds') }} as elapsed_seconds,
    {{ as_type('business_duration', 'seconds') }} as business_elapsed_seconds
from {{ source('raw_servicenow', 'task_sla') }}
