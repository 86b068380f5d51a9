select
    instance,
    sys_id,
    name,
    sys_class_name as ci_class,
    {{ as_type('install_status', 'integer') }} as install_status,
    {{ as_type('operational_status', 'integer') }} as operational_status,
    environment,
    support_group as support_group_id,
    owned_by as owned_by_id
from {{ source('raw_servicenow', 'cmdb_ci') }}
