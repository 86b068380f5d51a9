-- Typed and empty: the contract promises the table, its rows are not modelled yet.
select
    cast(null as varchar) as instance,
    cast(null as varchar) as sys_id,
    cast(null as varchar) as source_table,
    cast(null as varchar) as kind,
    cast(null as varchar) as ci_id,
    cast(null as varchar) as service_id,
    cast(null as timestamp) as starts_at,
    cast(null as timestamp) as ends_at,
    cast(null as varchar) as number,
    cast(null as varchar) as short_description
where false
