-- Of each day against the one before. A day without a row is a day on which all counts are 0. What was open before the
-- first day is not known. After a partial build: of the days that it made anew, and of those after them.
{%- set cells = ref('int_backlog_cells') %}
with days as (
    select
        instance,
        dimension,
        dimension_value,
        as_of,
        open_count,
        opened_count - ended_count as change
    from {{ ref('backlog') }}
),

followed as (
    select instance, dimension, dimension_value, as_of from {{ cells }}
    union
    select instance, dimension, dimension_value, cast({{ later_by('as_of', 1, 'day') }} as date) as as_of from {{ cells }}
),

first_days as (
    select instance, min(as_of) as as_of from days group by instance
),

checked as (
    select days.*
    from days
    inner join first_days on first_days.instance = days.instance and first_days.as_of < days.as_of
    where {{ is_rebuilt_cell('followed', 'days', ['instance', 'as_of', 'dimension', 'dimension_value']) }}
)

select
    checked.instance,
    checked.dimension,
    checked.dimension_value,
    checked.as_of,
    checked.open_count,
    coalesce(before.open_count, 0) + checked.change as expected_count
from checked
left join days as before
    on before.instance = checked.instance
    and before.dimension = checked.dimension
    and before.dimension_value is not distinct from checked.dimension_value
    and before.as_of = cast({{ later_by('checked.as_of', -1, 'day') }} as date)
where checked.open_count <> coalesce(before.open_count, 0) + checked.change
