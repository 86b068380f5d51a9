-- How often each incident was opened again within `quick_reopen_minutes` of its resolution, by its history; incidents of
-- instances without a history are not here.
with changes as (
    select
        audit.instance,
        audit.record_id as incident_id,
        audit.changed_at,
        old_states.state is null as was_open,
        new_states.state is null as is_open,
        coalesce(old_states.is_cancelled, false) as was_cancelled,
        row_number() over (
            partition by audit.instance, audit.record_id
            order by audit.changed_at, audit.sequence nulls first, audit.sys_id
        ) as place
    from {{ ref('int_incident_audit') }} as audit
    inner join {{ ref('int_incidents') }} as incidents
        on incidents.instance = audit.instance and incidents.sys_id = audit.record_id
    left join {{ ref('int_state_codes') }} as old_states
        on old_states.instance = audit.instance and old_states.state = {{ as_type('audit.old_value', 'integer') }}
    left join {{ ref('int_state_codes') }} as new_states
        on new_states.instance = audit.instance and new_states.state = {{ as_type('audit.new_value', 'integer') }}
    where audit.table_name = 'incident' and audit.field = {{ source_column('state', 'audit.instance') }}
),

since_end as (
    select
        *,
        max(case when was_open and not is_open then changed_at end) over (
            partition by instance, incident_id
            order by place
            rows between unbounded preceding and current row
        ) as ended_at
    from changes
),

reopens as (
    select instance, incident_id, count(*) as reopen_count
    from since_end
    where is_open
        and not was_open
        and not was_cancelled
        and {{ seconds_between('ended_at', 'changed_at') }} <= {{ var('quick_reopen_minutes') * 60 }}
    group by instance, incident_id
),

known_instances as (
    select distinct instance from {{ ref('stg_servicenow__sys_audit') }}
)

select
    incidents.instance,
    incidents.sys_id as incident_id,
    cast(coalesce(reopens.reopen_count, 0) as integer) as quick_reopen_count
from {{ ref('int_incidents') }} as incidents
inner join known_instances on known_instances.instance = incidents.instance
left join reopens on reopens.instance = incidents.instance and reopens.incident_id = incidents.sys_id
