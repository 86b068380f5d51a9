select
    users.instance,
    users.sys_id,
    users.user_name,
    users.name,
    users.email,
    users.title,
    departments.name as department,
    locations.name as location,
    users.manager_id,
    users.is_active,
    users.is_vip,
    coalesce(users.is_integration_user, false) or coalesce(users.is_web_service_only, false) as is_integration
from {{ ref('stg_servicenow__sys_user') }} as users
left join {{ ref('stg_servicenow__cmn_department') }} as departments
    on departments.instance = users.instance and departments.sys_id = users.department_id
left join {{ ref('stg_servicenow__cmn_location') }} as locations
    on locations.instance = users.instance and locations.sys_id = users.location_id
