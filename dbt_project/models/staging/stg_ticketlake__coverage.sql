select
    cast(instance as varchar) as instance,
    cast(table_name as varchar) as table_name,
    cast(column_name as varchar) as column_name,
    cast(status as varchar) as status,
    cast(first_synced_at as timestamp) as first_synced_at,
    cast(last_synced_at as timestamp) as last_synced_at,
    cast(row_count as bigint) as row_count,
    cast(null_share as double) as null_share
from {{ source('ticketlake', 'coverage') }}
