{{ config(materialized='table') }}

{%- set built = last_built('metrics', 'backlog') %}
{%- set counted = {
    'open': 'is_open_then', 'not_closed': 'is_not_closed_then', 'opened': 'is_opened_that_day',
    'ended': 'is_ended_that_day', 'old': 'is_old_then',
} %}

-- depends_on: {{ ref('int_backlog_ranges') }}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and (built is none or last_built('sdm', 'itsm') is none) %}
{{
    no_rows(
        {'instance': 'varchar', 'as_of': 'date', 'dimension': 'varchar', 'dimension_value': 'varchar'},
        ref('int_backlog_changes')
    )
}}
{%- else %}
with changes as (
    select * from {{ ref('int_backlog_changes') }}
),

cells as (
    {%- for name in dimension_names(incident_dimensions()) %}
    select
        instance,
        as_of,
        {{ dimension_and_value(name) }},
        is_kept,
        case when is_open_then then 1 else 0 end as has_other_ages,
        {%- for count, flag in counted.items() %}
        case when {{ flag }} then weight else 0 end as {{ count }}_change{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        -- What is the same in this dimension as before changes nothing.
        select
            {{ of_dimension(['instance', 'as_of', 'is_kept', 'opened_at'] + counted.values() | list, name) }},
            sum(weight) as weight
        from changes
        group by {{ of_dimension(['instance', 'as_of', 'is_kept', 'opened_at'] + counted.values() | list, name) }}
        having sum(weight) <> 0
    ) as changed

    union all
    {%- endfor %}

    -- What was built of days that are not kept goes.
    select
        built.instance,
        built.as_of,
        built.dimension,
        built.dimension_value,
        false as is_kept,
        0 as has_other_ages,
        {%- for count in counted %}
        0 as {{ count }}_change{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ built }} as built
    left join {{ ref('int_backlog_ranges') }} as ranges
        on ranges.instance = built.instance
        and ranges.is_kept
        and built.as_of between ranges.first_day and ranges.last_day
    where ranges.instance is null
)

select
    instance,
    as_of,
    dimension,
    dimension_value,
    is_kept,
    -- Whether other tickets were open then: tickets that are only closed later have the same ages.
    max(has_other_ages) = 1 as has_other_ages,
    {%- for count in counted %}
    cast(sum({{ count }}_change) as bigint) as {{ count }}_change{{ ',' if not loop.last }}
    {%- endfor %}
from cells
group by instance, as_of, dimension, dimension_value, is_kept
{%- endif %}
