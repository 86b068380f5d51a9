select
    instance,
    sys_id,
    name as table_name,
    element,
    internal_type as column_type,
    reference as referenced_table,
    column_label,
    {{ as_type('choice', 'integer') }} as choice,
    {{ as_type('active', 'boolean') }} as is_active
from {{ source('raw_servicenow', 'sys_dictionary') }}
