select
    instance,
    {{ as_type('value', 'integer') }} as state,
    max(case when setting = 'state.cancelled' then 1 else 0 end) = 1 as is_cancelled
from {{ ref('stg_ticketlake__settings') }}
where setting in ('state.resolved', 'state.closed', 'state.cancelled')
group by instance, {{ as_type('value', 'integer') }}
