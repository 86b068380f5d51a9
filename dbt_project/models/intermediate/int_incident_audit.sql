{{ config(materialized='rows_to_build', built=['sdm', 'itsm_history']) }}

-- depends_on: {{ ref('int_histories_to_build') }}

select audit.*
from {{ ref('stg_servicenow__sys_audit') }} as audit
{%- if execute and last_built('sdm', 'itsm_history') is not none %}
inner join {{ ref('int_histories_to_build') }} as to_build
    on to_build.instance = audit.instance and to_build.sys_id = audit.record_id
{%- endif %}
where audit.table_name = 'incident'
