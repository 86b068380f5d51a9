-- What an unfinished sync wrote counts once its incidents are loaded.
select
    instance,
    sys_id as record_id,
    field,
    old_value,
    new_value,
    changed_by,
    changed_at,
    update_number,
    seen_at
from {{ source('ticketlake', 'seen_changes') }}
where not is_pending
