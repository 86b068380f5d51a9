with parts as (
    select
        instance,
        period_start,
        dimension,
        sum(closed_changes) as closed_changes,
        sum(failed_changes) as failed_changes
    from {{ ref('change_failure') }}
    group by instance, period_start, dimension
)

select parts.instance, parts.period_start, parts.dimension
from parts
inner join {{ ref('change_failure') }} as totals
    on totals.instance = parts.instance and totals.period_start = parts.period_start and totals.dimension = 'all'
where parts.closed_changes <> totals.closed_changes or parts.failed_changes <> totals.failed_changes
