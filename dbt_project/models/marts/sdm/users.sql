select
    instance,
    sys_id,
    user_name,
    name,
    email,
    title,
    department,
    location,
    manager_id,
    is_active,
    is_vip,
    is_integration
from {{ ref('int_users') }}
