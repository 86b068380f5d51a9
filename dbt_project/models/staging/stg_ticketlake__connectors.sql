select
    cast(id as varchar) as id,
    cast(name as varchar) as name,
    cast(type as varchar) as type,
    cast(status as varchar) as status,
    cast(rescheduled_for as timestamp) as rescheduled_for
from {{ source('ticketlake', 'connectors') }}
