select
    instance,
    max(case when setting = 'now_at' then cast(value as timestamp) end) as now_at,
    max(case when setting = 'history_start_at' then cast(value as timestamp) end) as history_start_at,
    max(case when setting = 'retention_start_at' then cast(value as timestamp) end) as retention_start_at
from {{ ref('stg_ticketlake__settings') }}
group by instance
