select
    instance,
    sys_id,
    name as table_name,
    element,
    value,
    label,
    language,
    {{ as_type('sequence', 'integer') }} as sequence,
    {{ as_type('inactive', 'boolean') }} as is_inactive,
    dependent_value
from {{ source('raw_servicenow', 'sys_choice') }}
