-- The audit rows that are changes of a field of the live incidents in `int_histories`, markers of deletion and recovery
-- are no fields; and what was seen between syncs where the audit cannot be read. The audit tells more, so it counts
-- where it reaches.
with audit_reach as (
    select
        instance,
        min(changed_at) as first_at,
        max(changed_at) as last_at
    from {{ ref('stg_servicenow__sys_audit') }}
    -- Where nothing was seen, there is no audit to read for it.
    where table_name = 'incident' and instance in (select instance from {{ ref('stg_ticketlake__seen_changes') }})
    group by instance
),

changes as (
    select
        sys_id as change_id,
        instance,
        record_id as sys_id,
        field,
        old_value,
        new_value,
        changed_at,
        changed_by,
        coalesce(sequence, 0) as update_number,
        'audit' as source
    from {{ ref('int_incident_audit') }}
    where table_name = 'incident'
        and field not in ('DELETED', 'RECOVERED')
        and changed_at is not null
    union all
    select
        -- As the ids of the audit: unique, and in an order where nothing else gives one.
        concat(seen.record_id, seen.field, cast(seen.seen_at as varchar)) as change_id,
        seen.instance,
        seen.record_id as sys_id,
        seen.field,
        seen.old_value,
        seen.new_value,
        seen.changed_at,
        seen.changed_by,
        seen.update_number,
        'snapshot' as source
    from {{ ref('stg_ticketlake__seen_changes') }} as seen
    left join audit_reach on audit_reach.instance = seen.instance
    where audit_reach.instance is null
        or seen.changed_at < audit_reach.first_at
        or seen.changed_at > audit_reach.last_at
),

live_changes as (
    select changes.*
    from changes
    inner join {{ ref('int_histories') }} as incidents
        on incidents.instance = changes.instance and incidents.sys_id = changes.sys_id
),

-- Numbering every row would take longer than all the rest of the history, and hardly any needs it.
crowded as (
    select instance, sys_id, field, changed_at
    from live_changes
    group by instance, sys_id, field, changed_at
    having count(*) > 1
),

placed as (
    select
        live_changes.*,
        row_number() over (
            partition by live_changes.instance, live_changes.sys_id, live_changes.field, live_changes.changed_at
            order by live_changes.update_number, live_changes.change_id
        ) as place
    from live_changes
    inner join crowded
        on crowded.instance = live_changes.instance
        and crowded.sys_id = live_changes.sys_id
        and crowded.field = live_changes.field
        and crowded.changed_at = live_changes.changed_at
),

-- The update number; where scripts changed a field twice under one number, the next numbers that are free.
numbered as (
    select
        instance,
        change_id,
        place + max(update_number - place) over (
            partition by instance, sys_id, field, changed_at
            order by place
            rows between unbounded preceding and current row
        ) as sequence
    from placed
)

select
    live_changes.instance,
    live_changes.sys_id,
    live_changes.field,
    live_changes.old_value,
    live_changes.new_value,
    live_changes.changed_at,
    live_changes.changed_by,
    cast(coalesce(numbered.sequence, live_changes.update_number) as integer) as sequence,
    live_changes.source
from live_changes
left join numbered on numbered.instance = live_changes.instance and numbered.change_id = live_changes.change_id
