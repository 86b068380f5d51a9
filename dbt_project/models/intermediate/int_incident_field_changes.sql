-- The audit rows that are changes of a field of a live incident: markers of deletion and recovery are no fields.
with audited as (
    select
        audit.sys_id as audit_id,
        audit.instance,
        audit.record_id as sys_id,
        audit.field,
        audit.old_value,
        audit.new_value,
        audit.changed_at,
        audit.changed_by,
        coalesce(audit.sequence, 0) as update_number
    from {{ ref('stg_servicenow__sys_audit') }} as audit
    inner join {{ ref('stg_servicenow__incident') }} as incidents
        on incidents.instance = audit.instance and incidents.sys_id = audit.record_id
    where audit.table_name = 'incident'
        and audit.field not in ('DELETED', 'RECOVERED')
        and audit.changed_at is not null
),

-- Numbering every row would take longer than all the rest of the history, and hardly any needs it.
crowded as (
    select instance, sys_id, field, changed_at
    from audited
    group by instance, sys_id, field, changed_at
    having count(*) > 1
),

placed as (
    select
        audited.*,
        row_number() over (
            partition by audited.instance, audited.sys_id, audited.field, audited.changed_at
            order by audited.update_number, audited.audit_id
        ) as place
    from audited
    inner join crowded
        on crowded.instance = audited.instance
        and crowded.sys_id = audited.sys_id
        and crowded.field = audited.field
        and crowded.changed_at = audited.changed_at
),

-- The update number; where scripts changed a field twice under one number, the next numbers that are free.
numbered as (
    select
        instance,
        audit_id,
        place + max(update_number - place) over (
            partition by instance, sys_id, field, changed_at
            order by place
            rows between unbounded preceding and current row
        ) as sequence
    from placed
)

select
    audited.instance,
    audited.sys_id,
    audited.field,
    audited.old_value,
    audited.new_value,
    audited.changed_at,
    audited.changed_by,
    cast(coalesce(numbered.sequence, audited.update_number) as integer) as sequence
from audited
left join numbered on numbered.instance = audited.instance and numbered.audit_id = audited.audit_id
