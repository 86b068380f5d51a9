select
    instance,
    setting,
    value
from {{ source('ticketlake', 'settings') }}
