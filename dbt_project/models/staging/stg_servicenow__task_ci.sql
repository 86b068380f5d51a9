select
    instance,
    sys_id,
    task as ticket_id,
    ci_item as ci_id,
    {{ as_type('sys_created_on', 'timestamp') }} as created_at
from {{ source('raw_servicenow', 'task_ci') }}
