-- Typed and empty: the contract promises the table, its rows are not modelled yet.
select
    cast(null as varchar) as instance,
    cast(null as varchar) as from_group,
    cast(null as varchar) as to_group,
    cast(null as bigint) as moves,
    cast(null as bigint) as tickets,
    cast(null as bigint) as ping_pong_tickets,
    cast(null as double) as median_minutes_held
where false
