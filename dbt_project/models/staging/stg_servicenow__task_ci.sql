select
    instance,
    sys_id,
    task as ticket_id,
    ci_item as ci_id
from {{ source('raw_servicenow', 'task_ci') }}
