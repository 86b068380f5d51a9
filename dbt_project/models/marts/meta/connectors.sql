select
    id,
    name,
    type,
    status,
    rescheduled_for
from {{ ref('stg_ticketlake__connectors') }}
