{{ config(materialized='table') }}

{%- set dimensions = incident_dimensions() %}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and (last_built('metrics', 'backlog') is none or last_built('sdm', 'itsm') is none) %}
select instance, as_of, dimension, dimension_value from {{ ref('int_backlog_cells') }} where false
{%- else %}
-- Only tickets that were open at a midnight have an age, and only until the day they ended.
with tickets as (
    select *
    from {{ ref('itsm') }}
    where is_open or cast({{ end_at() }} as date) > cast(opened_at as date)
),

open_tickets as (
    {{ backlog_tickets('tickets', closed_as_ended=true) }}
),

-- Their dimensions before their days, which are several times as many.
sorted_tickets as (
    select
        instance,
        opened_at,
        end_at,
        closed_end_at
        {{ dimension_columns(dimensions) }}
    from open_tickets
),

spans as (
    {{ backlog_spans('sorted_tickets', while_open=true) }}
),

days as (
    {{ backlog_days('spans') }}
),

open_days as (
    select * from days where is_open_then
)

{%- for name in dimension_names(dimensions) %}
select
    cells.instance,
    cells.as_of,
    cells.dimension,
    cells.dimension_value,
    {{ quantile('open_days.age_days', 0.5) }} as median_age_days
from open_days
inner join {{ ref('int_backlog_cells') }} as cells
    on cells.instance = open_days.instance
    and cells.as_of = open_days.as_of
    and cells.dimension = '{{ name }}'
    and cells.has_other_ages
    {%- if name != 'all' %}
    and cells.dimension_value = open_days.by_{{ name }}
    {%- endif %}
group by cells.instance, cells.as_of, cells.dimension, cells.dimension_value
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endif %}
