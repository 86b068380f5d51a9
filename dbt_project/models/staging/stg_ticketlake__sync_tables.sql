select
    cast(run_id as varchar) as run_id,
    cast(instance as varchar) as instance,
    cast(table_name as varchar) as table_name,
    cast(rows_read as bigint) as rows_read,
    cast(inserted as bigint) as inserted,
    cast(updated as bigint) as updated,
    cast(unchanged as bigint) as unchanged,
    cast(deleted as bigint) as deleted,
    cast(requests as bigint) as requests,
    cast(bytes as bigint) as bytes,
    cast(retries as bigint) as retries,
    cast(seconds as double) as seconds,
    cast(cursor_before as varchar) as cursor_before,
    cast(cursor_after as varchar) as cursor_after
from {{ source('ticketlake', 'sync_tables') }}
