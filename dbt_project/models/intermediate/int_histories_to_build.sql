{{ config(materialized='table') }}

{%- set built, built_incidents = last_built('sdm', 'itsm_history'), last_built('sdm', 'itsm') -%}

-- depends_on: {{ ref('stg_servicenow__incident') }}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and (built is none or built_incidents is none) %}
select instance, sys_id from {{ ref('stg_servicenow__incident') }}
{%- else %}
with rows_since as (
    select instance, table_name, sys_id from {{ ref('stg_ticketlake__unbuilt_rows') }}
    union
    select instance, table_name, sys_id from {{ ref('stg_ticketlake__deleted_records') }}
),

-- Of these, `int_incidents` has all that are there: they are to be built.
incidents_since as (
    select instance, sys_id from rows_since where table_name = 'incident'
),

-- By a join of its own, for a scan that keeps the few.
numbers_before as (
    select built.instance, built.sys_id, built.number
    from {{ built_incidents }} as built
    inner join incidents_since
        on incidents_since.instance = built.instance and incidents_since.sys_id = built.sys_id
),

-- Rows that may be called otherwise than when the history was built. Incidents come and change all the time, and keep
-- their numbers.
renamed as (
    select instance, sys_id
    from rows_since
    where table_name in (
        'sys_user', 'sys_user_group', 'cmdb_ci', 'cmdb_ci_service', 'cmn_department', 'cmn_location', 'problem',
        'change_request'
    )
    union
    select incidents_since.instance, incidents_since.sys_id
    from incidents_since
    left join numbers_before
        on numbers_before.instance = incidents_since.instance and numbers_before.sys_id = incidents_since.sys_id
    left join {{ ref('int_incidents') }} as incidents
        on incidents.instance = incidents_since.instance and incidents.sys_id = incidents_since.sys_id
    where numbers_before.number is distinct from incidents.number
),

names as (
    select names.*
    from {{ ref('int_reference_names') }} as names
    inner join renamed on renamed.instance = names.instance and renamed.sys_id = names.sys_id
),

labels as (
    {%- for side in ['old', 'new'] %}
    select
        built.instance,
        built.sys_id,
        built.field,
        built.{{ side }}_value as value,
        built.{{ side }}_label as label
    from {{ built }} as built
    inner join renamed on renamed.instance = built.instance and renamed.sys_id = built.{{ side }}_value
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

seen_counts as (
    select instance, record_id as sys_id, count(*) as row_count
    from {{ ref('stg_ticketlake__seen_changes') }}
    group by instance, record_id
),

built_counts as (
    select instance, sys_id, count(*) as row_count
    from {{ built }}
    where source = 'snapshot'
    group by instance, sys_id
),

chosen as (
    select instance, sys_id from {{ ref('int_incidents_to_build') }}

    union all

    select instance, incident_id as sys_id
    from {{ ref('stg_ticketlake__unbuilt_rows') }}
    where table_name = 'sys_audit' and incident_id is not null

    union all

    -- What was seen between syncs; where an audit has begun to tell of the same time it does not count any more.
    select
        coalesce(seen_counts.instance, built_counts.instance) as instance,
        coalesce(seen_counts.sys_id, built_counts.sys_id) as sys_id
    from seen_counts
    full join built_counts
        on built_counts.instance = seen_counts.instance and built_counts.sys_id = seen_counts.sys_id
    where coalesce(seen_counts.row_count, 0) <> coalesce(built_counts.row_count, 0)

    union all

    select labels.instance, labels.sys_id
    from labels
    inner join {{ ref('int_incident_references') }} as fields
        on fields.instance = labels.instance and fields.field = labels.field
    left join names
        on names.instance = labels.instance
        and names.table_name = fields.referenced_table
        and names.sys_id = labels.value
    where labels.label is distinct from names.name
)

select distinct instance, sys_id from chosen
{%- endif %}
