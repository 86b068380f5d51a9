select
    instance,
    sys_id,
    name,
    description,
    {{ as_type('active', 'boolean') }} as is_active,
    manager as manager_id,
    parent as parent_id
from {{ source('raw_servicenow', 'sys_user_group') }}
