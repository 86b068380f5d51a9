{{ config(severity='warn') }}

-- Where the audit follows the counter, its last value is the ticket's. A warning: scripts may change a ticket past the
-- audit, and then the source disagrees with itself.
with changes as (
    select
        history.instance,
        history.sys_id,
        history.new_value,
        row_number() over (
            partition by history.instance, history.sys_id order by history.changed_at desc, history.sequence desc
        ) as place
    from {{ ref('itsm_history') }} as history
    where history.field = {{ source_column('reassignment_count', 'history.instance') }}
)

select
    changes.instance,
    changes.sys_id,
    changes.new_value,
    incidents.reassignment_count
from changes
inner join {{ ref('itsm') }} as incidents
    on incidents.instance = changes.instance and incidents.sys_id = changes.sys_id
where changes.place = 1
    and coalesce(changes.new_value, '0') <> cast(coalesce(incidents.reassignment_count, 0) as varchar)
