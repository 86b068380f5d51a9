-- Moves of live tickets from one assignment group to another, told by the names of the groups. Groups of one name are
-- one group. Times without a group are passed over: A, none, B is a move; A, none, A is not. Only of the tickets whose
-- moves this build makes.
with changes as (
    select
        history.*,
        incidents.opened_at,
        row_number() over (
            partition by history.instance, history.sys_id order by history.changed_at, history.sequence
        ) as place
    from {{ ref('itsm_history') }} as history
    inner join {{ ref('itsm') }} as incidents
        on incidents.instance = history.instance and incidents.sys_id = history.sys_id
    inner join {{ ref('int_histories_to_build') }} as to_build
        on to_build.instance = history.instance and to_build.sys_id = history.sys_id
    where history.field = {{ source_column('assignment_group', 'history.instance') }}
),

-- What the first change replaced was held since the ticket was opened. A group that is gone goes by its id.
spells as (
    select
        instance,
        sys_id,
        0 as place,
        coalesce({{ filled('old_label') }}, {{ filled('old_value') }}) as group_name,
        opened_at as began_at,
        changed_at as ended_at
    from changes
    where place = 1
    union all
    select
        instance,
        sys_id,
        place,
        coalesce({{ filled('new_label') }}, {{ filled('new_value') }}) as group_name,
        changed_at as began_at,
        lead(changed_at) over (partition by instance, sys_id order by place) as ended_at
    from changes
),

marked as (
    select
        *,
        case
            when group_name = lag(group_name) over (partition by instance, sys_id order by place) then 0
            else 1
        end as is_arrival
    from spells
    where group_name is not null
),

counted as (
    select
        *,
        sum(is_arrival) over (
            partition by instance, sys_id
            order by place
            rows between unbounded preceding and current row
        ) as stay
    from marked
),

stays as (
    select
        instance,
        sys_id,
        stay,
        group_name,
        -- The first and the last of its spells.
        max(case when is_arrival = 1 then began_at end) as arrived_at,
        max(ended_at) as departed_at
    from counted
    group by instance, sys_id, stay, group_name
),

followed as (
    select
        *,
        lag(group_name) over (partition by instance, sys_id order by stay) as from_group,
        lag(arrived_at) over (partition by instance, sys_id order by stay) as from_arrived_at,
        lag(departed_at) over (partition by instance, sys_id order by stay) as from_departed_at,
        row_number() over (partition by instance, sys_id, group_name order by stay) as visit
    from stays
)

select
    instance,
    sys_id,
    stay - 1 as move,
    from_group,
    group_name as to_group,
    arrived_at as moved_at,
    visit > 1 as is_return,
    -- A clock that runs backwards tells no duration.
    case
        when from_departed_at >= from_arrived_at
            then {{ minutes(seconds_between('from_arrived_at', 'from_departed_at')) }}
    end as minutes_held
from followed
where from_group is not null
