select
    instance,
    table_name,
    column_name,
    change,
    old,
    new,
    detected_at
from {{ ref('stg_ticketlake__schema_changes') }}
