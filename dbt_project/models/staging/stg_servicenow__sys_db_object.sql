select
    instance,
    sys_id,
    name,
    label,
    super_class as parent_table_id
from {{ source('raw_servicenow', 'sys_db_object') }}
