{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_cells',
        rebuilt_cells='int_backlog_cells',
        cell=['instance', 'as_of', 'dimension', 'dimension_value'],
        on_schema_change='fail',
    )
}}

{%- set dimensions = incident_dimensions() %}

-- depends_on: {{ ref('int_backlog_cells') }}
-- depends_on: {{ ref('int_backlog_ages') }}

{%- if is_incremental() %}
with counts as (
    select
        cells.instance,
        cells.as_of,
        cells.dimension,
        cells.dimension_value,
        cells.has_other_ages,
        case when cells.is_kept then built.median_age_days end as built_median_age_days,
        {%- for column, change in {
            'open_count': 'open', 'not_closed_count': 'not_closed', 'opened_count': 'opened', 'ended_count': 'ended',
            'older_than_30_days': 'old',
        }.items() %}
        cells.{{ change }}_change + coalesce(case when cells.is_kept then built.{{ column }} end, 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_backlog_cells') }} as cells
    left join {{ this }} as built on {{ same_cell('built', 'cells', config.require('cell')) }}
)

select
    counts.instance,
    counts.as_of,
    counts.dimension,
    counts.dimension_value,
    counts.open_count,
    counts.not_closed_count,
    counts.opened_count,
    counts.ended_count,
    case when counts.has_other_ages then ages.median_age_days else counts.built_median_age_days end as median_age_days,
    counts.older_than_30_days
from counts
left join {{ ref('int_backlog_ages') }} as ages on {{ same_cell('ages', 'counts', config.require('cell')) }}
where counts.open_count <> 0
    or counts.not_closed_count <> 0
    or counts.opened_count <> 0
    or counts.ended_count <> 0

{%- else %}
with days as (
    select
        instance,
        as_of,
        is_open_then,
        is_not_closed_then,
        is_opened_that_day,
        is_ended_that_day,
        age_days
        {{ dimension_columns(dimensions) }}
    from {{ ref('int_backlog_days') }}
)

{%- for name in dimension_names(dimensions) %}
select
    instance,
    as_of,
    {{ dimension_and_value(name) }},
    {{ count_where('is_open_then') }} as open_count,
    {{ count_where('is_not_closed_then') }} as not_closed_count,
    {{ count_where('is_opened_that_day') }} as opened_count,
    {{ count_where('is_ended_that_day') }} as ended_count,
    {{ quantile('case when is_open_then then age_days end', 0.5) }} as median_age_days,
    {{ count_where('is_open_then and age_days > 30') }} as older_than_30_days
from days
group by {{ of_dimension(['instance', 'as_of'], name) }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endif %}
