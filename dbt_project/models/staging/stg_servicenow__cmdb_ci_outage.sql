select
    instance,
    sys_id,
    cmdb_ci as ci_id,
    type,
    {{ as_type('"begin"', 'timestamp') }} as began_at,
    {{ as_type('"end"', 'timestamp') }} as ended_at,
    short_description,
    task_number as ticket_id
from {{ source('raw_servicenow', 'cmdb_ci_outage') }}
