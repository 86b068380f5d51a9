{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_keys',
        rebuilt_keys='int_incident_changes_to_build',
        key_columns=['instance', 'incident_id'],
        on_schema_change='fail',
    )
}}

-- depends_on: {{ ref('int_incident_changes_to_build') }}

with incidents as (
    select incidents.instance, incidents.sys_id, incidents.caused_by_change_id, incidents.fixed_by_change_id
    from {{ ref('stg_servicenow__incident') }} as incidents
    {%- if last_built('sdm', 'incident_changes') is not none %}
    inner join {{ ref('int_incident_changes_to_build') }} as to_build
        on to_build.instance = incidents.instance and to_build.incident_id = incidents.sys_id
    {%- endif %}
    where incidents.caused_by_change_id is not null or incidents.fixed_by_change_id is not null
),

named as (
    select
        instance,
        sys_id as incident_id,
        caused_by_change_id as change_id,
        1 as is_cause,
        0 as is_fix
    from incidents
    where caused_by_change_id is not null
    union all
    select
        instance,
        sys_id as incident_id,
        fixed_by_change_id as change_id,
        0 as is_cause,
        1 as is_fix
    from incidents
    where fixed_by_change_id is not null
),

linked as (
    select
        named.instance,
        named.incident_id,
        named.change_id,
        max(named.is_cause) = 1 as is_cause,
        max(named.is_fix) = 1 as is_fix
    from named
    -- A link to a change that is gone goes with it.
    inner join {{ ref('int_changes') }} as changes
        on changes.instance = named.instance and changes.sys_id = named.change_id
    group by named.instance, named.incident_id, named.change_id
)

select
    instance,
    incident_id,
    change_id,
    case when is_cause then 'caused_by' else 'rfc' end as link,
    cast(1 as double) as score,
    case
        when is_cause and is_fix then 'the incident names the change as its cause and as its fix'
        when is_cause then 'the incident names the change as its cause'
        else 'the incident names the change as its fix'
    end as reason
from linked
union all
select
    suspected.instance,
    suspected.incident_id,
    suspected.change_id,
    'suspected' as link,
    suspected.score,
    suspected.reason
from {{ ref('int_suspected_changes') }} as suspected
where not exists (
    select 1
    from linked
    where linked.instance = suspected.instance
        and linked.incident_id = suspected.incident_id
        and linked.change_id = suspected.change_id
)
