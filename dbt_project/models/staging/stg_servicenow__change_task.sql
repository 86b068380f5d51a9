select
    instance,
    sys_id,
    change_request as change_id,
    number,
    {{ as_type('state', 'integer') }} as state,
    {{ as_type('active', 'boolean') }} as is_active
from {{ source('raw_servicenow', 'change_task') }}
