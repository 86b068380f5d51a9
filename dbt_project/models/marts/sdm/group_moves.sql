{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_keys',
        rebuilt_keys='int_histories_to_build',
        on_schema_change='fail',
    )
}}

-- depends_on: {{ ref('int_histories_to_build') }}
-- depends_on: {{ ref('int_paths_before') }}

select
    moves.instance,
    moves.sys_id,
    cast(moves.move as integer) as move,
    moves.from_group,
    moves.to_group,
    moves.moved_at,
    moves.is_return,
    moves.minutes_held,
    -- What moves are filtered by, so that no reader has to join a million tickets.
    tickets.priority,
    tickets.assignment_group,
    tickets.service
from {{ ref('int_group_moves') }} as moves
inner join {{ ref('itsm') }} as tickets on tickets.instance = moves.instance and tickets.sys_id = moves.sys_id
