select
    run_id,
    instance,
    table_name,
    rows_read,
    inserted,
    updated,
    unchanged,
    deleted,
    requests,
    bytes,
    retries,
    seconds,
    cursor_before,
    cursor_after
from {{ ref('stg_ticketlake__sync_tables') }}
