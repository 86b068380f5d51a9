select
    instance,
    table_name,
    sys_id,
    deleted_at,
    known_by
from {{ ref('stg_ticketlake__deleted_records') }}
