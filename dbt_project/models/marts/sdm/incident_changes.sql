-- Typed and empty: the contract promises the table, its rows are not modelled yet.
select
    cast(null as varchar) as instance,
    cast(null as varchar) as incident_id,
    cast(null as varchar) as change_id,
    cast(null as varchar) as link,
    cast(null as double) as score,
    cast(null as varchar) as reason
where false
