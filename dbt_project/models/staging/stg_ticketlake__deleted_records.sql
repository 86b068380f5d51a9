select
    cast(instance as varchar) as instance,
    cast(table_name as varchar) as table_name,
    cast(sys_id as varchar) as sys_id,
    cast(deleted_at as timestamp) as deleted_at,
    cast(known_by as varchar) as known_by
from {{ source('ticketlake', 'deleted_records') }}
