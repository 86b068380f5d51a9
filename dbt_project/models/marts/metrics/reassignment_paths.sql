{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_cells',
        rebuilt_cells='int_paths_to_build',
        cell=['instance', 'from_group', 'to_group'],
        on_schema_change='fail',
    )
}}

-- depends_on: {{ ref('int_paths_to_build') }}

select
    moves.instance,
    moves.from_group,
    moves.to_group,
    count(*) as moves,
    count(distinct moves.sys_id) as tickets,
    count(distinct case when moves.is_return then moves.sys_id end) as ping_pong_tickets,
    {{ quantile('moves.minutes_held', 0.5) }} as median_minutes_held
from {{ ref('group_moves') }} as moves
{%- if is_incremental() %}
inner join {{ ref('int_paths_to_build') }} as paths on {{ same_cell('paths', 'moves', config.require('cell')) }}
{%- endif %}
group by moves.instance, moves.from_group, moves.to_group
