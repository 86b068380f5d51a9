select
    cast(instance as varchar) as instance,
    cast(table_name as varchar) as table_name,
    cast(column_name as varchar) as column_name,
    cast(change as varchar) as change,
    cast(old as varchar) as old,
    cast(new as varchar) as new,
    cast(detected_at as timestamp) as detected_at
from {{ source('ticketlake', 'schema_changes') }}
