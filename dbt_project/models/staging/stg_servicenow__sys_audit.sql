select
    instance,
    sys_id,
    tablename as table_name,
    documentkey as record_id,
    fieldname as field,
    oldvalue as old_value,
    newvalue as new_value,
    "user" as changed_by,
    {{ as_type('record_checkpoint', 'bigint') }} as sequence,
    {{ as_type('sys_created_on', 'timestamp') }} as changed_at
from {{ source('raw_servicenow', 'sys_audit') }}
