-- Of each row against the one before. A day without a row is a day on which all counts are 0, and takes nothing from
-- what was open before.
with days as (
    select
        instance,
        dimension,
        dimension_value,
        as_of,
        open_count,
        opened_count - ended_count as change,
        lag(open_count) over (
            partition by instance, dimension, dimension_value order by as_of
        ) as open_before
    from {{ ref('backlog') }}
)

select
    instance,
    dimension,
    dimension_value,
    as_of,
    open_count,
    open_before + change as expected_count
from days
where open_count <> open_before + change
