select
    instance,
    sys_id,
    cast(move as integer) as move,
    from_group,
    to_group,
    moved_at,
    is_return,
    minutes_held
from {{ ref('int_group_moves') }}
