select
    instance,
    table_name,
    column_name,
    status,
    first_synced_at,
    last_synced_at,
    row_count,
    null_share
from {{ ref('stg_ticketlake__coverage') }}
