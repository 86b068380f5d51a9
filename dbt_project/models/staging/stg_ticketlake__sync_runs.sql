select
    cast(run_id as varchar) as run_id,
    cast(instance as varchar) as instance,
    cast(kind as varchar) as kind,
    cast(status as varchar) as status,
    cast(started_at as timestamp) as started_at,
    cast(finished_at as timestamp) as finished_at,
    cast(config_version as varchar) as config_version,
    cast(error as varchar) as error
from {{ source('ticketlake', 'sync_runs') }}
