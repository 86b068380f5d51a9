select
    cast(instance as varchar) as instance,
    cast(table_name as varchar) as table_name,
    cast(source_count as bigint) as source_count,
    cast(warehouse_count as bigint) as warehouse_count,
    cast(hidden_count as bigint) as hidden_count,
    cast(difference as bigint) as difference,
    cast(checked_at as timestamp) as checked_at
from {{ source('ticketlake', 'reconciliation') }}
