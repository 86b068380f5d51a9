select
    instance,
    now_at,
    history_start_at,
    retention_start_at
from {{ ref('int_instances') }}
