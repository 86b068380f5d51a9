select
    instance,
    sys_id,
    name,
    target
from {{ source('raw_servicenow', 'contract_sla') }}
