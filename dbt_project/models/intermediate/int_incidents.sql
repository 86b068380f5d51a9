{{ config(materialized='rows_to_build', built=['sdm', 'itsm']) }}

-- depends_on: {{ ref('int_incidents_to_build') }}

select incidents.*
from {{ ref('stg_servicenow__incident') }} as incidents
{%- if execute and last_built('sdm', 'itsm') is not none %}
inner join {{ ref('int_incidents_to_build') }} as to_build
    on to_build.instance = incidents.instance and to_build.sys_id = incidents.sys_id
{%- endif %}
