select
    services.instance,
    services.sys_id,
    services.name,
    services.criticality,
    support_groups.name as support_group,
    services.owned_by_id,
    services.operational_status
from {{ ref('stg_servicenow__cmdb_ci_service') }} as services
left join {{ ref('stg_servicenow__sys_user_group') }} as support_groups
    on support_groups.instance = services.instance and support_groups.sys_id = services.support_group_id
