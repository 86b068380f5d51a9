select
    instance,
    table_name,
    source_count,
    warehouse_count,
    hidden_count,
    difference,
    checked_at
from {{ ref('stg_ticketlake__reconciliation') }}
