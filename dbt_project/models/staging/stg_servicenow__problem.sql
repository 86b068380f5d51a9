select
    instance,
    sys_id,
    number,
    {{ as_type('state', 'integer') }} as state,
    {{ as_type('active', 'boolean') }} as is_active,
    {{ as_type('priority', 'integer') }} as priority,
    short_description,
    assignment_group as assignment_group_id,
    cmdb_ci as ci_id,
    {{ as_type('known_error', 'boolean') }} as is_known_error,
    {{ as_type('opened_at', 'timestamp') }} as opened_at,
    {{ as_type('resolved_at', 'timestamp') }} as resolved_at,
    {{ as_type('closed_at', 'timestamp') }} as closed_at
from {{ source('raw_servicenow', 'problem') }}
