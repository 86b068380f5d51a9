select
    instance,
    from_group,
    to_group,
    count(*) as moves,
    count(distinct sys_id) as tickets,
    count(distinct case when is_return then sys_id end) as ping_pong_tickets,
    {{ quantile('minutes_held', 0.5) }} as median_minutes_held
from {{ ref('group_moves') }}
group by instance, from_group, to_group
