select
    instance,
    sys_id,
    "user" as user_id,
    "group" as group_id
from {{ source('raw_servicenow', 'sys_user_grmember') }}
