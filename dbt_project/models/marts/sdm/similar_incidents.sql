-- Typed and empty: the contract promises the table, its rows are not modelled yet.
select
    cast(null as varchar) as instance,
    cast(null as varchar) as incident_id,
    cast(null as varchar) as similar_incident_id,
    cast(null as integer) as rank,
    cast(null as double) as score,
    cast(null as varchar) as reason
where false
