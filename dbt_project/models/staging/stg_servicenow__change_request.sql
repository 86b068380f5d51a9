select
    instance,
    sys_id,
    number,
    type,
    {{ as_type('state', 'integer') }} as state,
    {{ as_type('active', 'boolean') }} as is_active,
    {{ as_type('risk', 'integer') }} as risk,
    short_description,
    assignment_group as assignment_group_id,
    cmdb_ci as ci_id,
    business_service as service_id,
    {{ as_type('start_date', 'timestamp') }} as planned_start_at,
    {{ as_type('end_date', 'timestamp') }} as planned_end_at,
    {{ as_type('work_start', 'timestamp') }} as actual_start_at,
    {{ as_type('work_end', 'timestamp') }} as actual_end_at,
    {{ as_type('closed_at', 'timestamp') }} as closed_at,
    close_code
from {{ source('raw_servicenow', 'change_request') }}
