with periods as (
    select 'all' as grain
    union all
    select 'month' as grain
    union all
    select 'week' as grain
    union all
    select 'day' as grain
),

resolved as (
    select * from {{ ref('int_resolved_incidents') }}
),

started as (
    select
        resolved.*,
        periods.grain,
        case periods.grain
            when 'month' then {{ period_start('month', 'resolved.resolved_at') }}
            when 'week' then {{ period_start('week', 'resolved.resolved_at') }}
            when 'day' then {{ period_start('day', 'resolved.resolved_at') }}
        end as period_start
    from resolved
    cross join periods
),

bounded as (
    select
        *,
        cast(period_start as timestamp) as period_start_at,
        case grain
            when 'month' then cast({{ later_by('period_start', 1, 'month') }} as timestamp)
            when 'week' then cast({{ later_by('period_start', 7, 'day') }} as timestamp)
            when 'day' then cast({{ later_by('period_start', 1, 'day') }} as timestamp)
        end as period_end_at
    from started
)

select
    bounded.*,
    coalesce(
        bounded.period_start_at < instances.history_start_at
        or bounded.period_start_at < instances.retention_start_at
        or bounded.period_end_at > instances.now_at,
        false
    ) as is_partial
from bounded
left join {{ ref('int_instances') }} as instances on instances.instance = bounded.instance
