{%- set dimensions = incident_dimensions() %}

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
