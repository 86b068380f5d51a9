{{ config(materialized='table') }}

{%- set built = last_built('sdm', 'incident_changes') -%}

-- depends_on: {{ ref('itsm') }}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and built is none %}
select instance, sys_id as incident_id from {{ ref('int_incidents_to_build') }} where false
{%- else %}
with changes_since as (
    select instance, sys_id from {{ ref('stg_ticketlake__unbuilt_rows') }} where table_name = 'change_request'
    union
    select instance, sys_id from {{ ref('stg_ticketlake__deleted_records') }} where table_name = 'change_request'
),

changes as (
    select changes.*
    from {{ ref('int_changes') }} as changes
    inner join changes_since
        on changes_since.instance = changes.instance and changes_since.sys_id = changes.sys_id
),

windows as (
    {{ change_windows('changes') }}
)

select instance, sys_id as incident_id from {{ ref('int_incidents_to_build') }}
union
-- What changes that came, changed or went explained, and what they may explain now.
select built.instance, built.incident_id
from {{ built }} as built
inner join changes_since on changes_since.instance = built.instance and changes_since.sys_id = built.change_id
union
{%- for named in ['caused_by', 'fixed_by'] %}
select incidents.instance, incidents.sys_id as incident_id
from {{ ref('stg_servicenow__incident') }} as incidents
inner join changes_since
    on changes_since.instance = incidents.instance and changes_since.sys_id = incidents.{{ named }}_change_id
union
{%- endfor %}
{%- for shared in ['ci', 'service'] %}
select incidents.instance, incidents.sys_id as incident_id
from {{ ref('itsm') }} as incidents
inner join windows
    on windows.instance = incidents.instance
    and windows.covers = cast(incidents.opened_at as date)
    and windows.{{ shared }}_id = incidents.{{ shared }}_id
{{ 'union' if not loop.last }}
{%- endfor %}
{%- endif %}
