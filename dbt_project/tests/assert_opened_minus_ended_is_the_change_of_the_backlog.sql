-- A day without a row is a day on which all counts are 0; sums over the days before cover such gaps.
with days as (
    select
        instance,
        dimension,
        dimension_value,
        as_of,
        open_count,
        sum(opened_count - ended_count) over (
            partition by instance, dimension, dimension_value order by as_of
        ) as balance
    from {{ ref('backlog') }}
),

compared as (
    select
        *,
        first_value(open_count - balance) over (
            partition by instance, dimension, dimension_value order by as_of
        ) as carried_over
    from days
)

select
    instance,
    dimension,
    dimension_value,
    as_of,
    open_count,
    carried_over + balance as expected_count
from compared
where open_count <> carried_over + balance
