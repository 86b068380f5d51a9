select
    instance,
    sys_id,
    label
from {{ source('raw_servicenow', 'kb_category') }}
