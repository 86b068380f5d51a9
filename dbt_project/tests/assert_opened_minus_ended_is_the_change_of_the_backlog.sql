-- Of each day against the one before. A day without a row is a day on which all counts are 0. What was open before the
-- first day is not known. After a partial build: of the days that it made anew, and of those after them.
{%- set cells = ref('int_backlog_cells') %}
{%- set series_day = ['instance', 'dimension', 'dimension_value', 'as_of'] %}
with made as (
    select instance, dimension, dimension_value, as_of from {{ cells }}
),

followed as (
    select * from made
    union
    select instance, dimension, dimension_value, cast({{ later_by('as_of', 1, 'day') }} as date) as as_of from made
),

-- What is checked and what it is checked against, in one reading.
read_days as (
    select * from followed
    union
    select instance, dimension, dimension_value, cast({{ later_by('as_of', -1, 'day') }} as date) as as_of from followed
),

days as (
    select
        instance,
        dimension,
        dimension_value,
        as_of,
        open_count,
        opened_count - ended_count as change
    from {{ of_cells(ref('backlog'), 'read_days', series_day) }} as backlog
),

days_before as (
    select
        instance,
        dimension,
        dimension_value,
        cast({{ later_by('as_of', 1, 'day') }} as date) as as_of,
        open_count
    from days
),

first_days as (
    select instance, min(as_of) as as_of from {{ ref('backlog') }} group by instance
)

select
    checked.instance,
    checked.dimension,
    checked.dimension_value,
    checked.as_of,
    checked.open_count,
    coalesce(before.open_count, 0) + checked.change as expected_count
from {{ of_cells('days', 'followed', series_day) }} as checked
inner join first_days on first_days.instance = checked.instance and first_days.as_of < checked.as_of
left join days_before as before on {{ same_cell('before', 'checked', series_day) }}
where checked.open_count <> coalesce(before.open_count, 0) + checked.change
