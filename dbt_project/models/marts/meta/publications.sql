select
    run_id,
    published_at,
    data_as_of,
    ticketlake_version
from {{ ref('stg_ticketlake__publications') }}
