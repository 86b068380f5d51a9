{{ config(materialized='rows_to_build', built=['intermediate', 'int_title_masks']) }}

-- depends_on: {{ ref('int_titles_to_build') }}

select
    incidents.short_description as title,
    min(incidents.opened_at) as first_opened_at
from {{ ref('stg_servicenow__incident') }} as incidents
{%- if last_built('intermediate', 'int_title_masks') is not none %}
inner join {{ ref('int_titles_to_build') }} as to_build on to_build.title = incidents.short_description
{%- endif %}
where {{ filled('incidents.short_description') }} is not null
group by incidents.short_description
