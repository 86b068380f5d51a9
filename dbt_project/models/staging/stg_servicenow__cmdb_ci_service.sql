select
    instance,
    sys_id,
    name,
    busines_criticality as criticality,
    support_group as support_group_id,
    owned_by as owned_by_id,
    {{ as_type('operational_status', 'integer') }} as operational_status
from {{ source('raw_servicenow', 'cmdb_ci_service') }}
