select
    instance,
    sys_id,
    user_name,
    name,
    email,
    title,
    {{ as_type('active', 'boolean') }} as is_active,
    {{ as_type('vip', 'boolean') }} as is_vip,
    {{ as_type('web_service_access_only', 'boolean') }} as is_web_service_only,
    {{ as_type('internal_integration_user', 'boolean') }} as is_integration_user,
    manager as manager_id,
    department as department_id,
    location as location_id
from {{ source('raw_servicenow', 'sys_user') }}
