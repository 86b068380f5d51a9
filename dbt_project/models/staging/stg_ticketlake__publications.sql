select
    cast(run_id as varchar) as run_id,
    cast(published_at as timestamp) as published_at,
    cast(data_as_of as timestamp) as data_as_of,
    cast(ticketlake_version as varchar) as ticketlake_version
from {{ source('ticketlake', 'publications') }}
