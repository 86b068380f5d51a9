select
    instance,
    sys_id,
    name
from {{ source('raw_servicenow', 'cmn_location') }}
