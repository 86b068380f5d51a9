select
    instance,
    sys_id,
    incident as incident_id,
    number,
    {{ as_type('state', 'integer') }} as state,
    {{ as_type('active', 'boolean') }} as is_active,
    assignment_group as assignment_group_id,
    {{ as_type('opened_at', 'timestamp') }} as opened_at,
    {{ as_type('closed_at', 'timestamp') }} as closed_at
from {{ source('raw_servicenow', 'incident_task') }}
