select
    run_id,
    instance,
    kind,
    status,
    started_at,
    finished_at,
    config_version,
    error
from {{ ref('stg_ticketlake__sync_runs') }}
