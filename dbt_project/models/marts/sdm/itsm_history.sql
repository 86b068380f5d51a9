-- Typed and empty: the contract promises the table, its rows are not modelled yet.
select
    cast(null as varchar) as instance,
    cast(null as varchar) as sys_id,
    cast(null as varchar) as field,
    cast(null as varchar) as old_value,
    cast(null as varchar) as new_value,
    cast(null as varchar) as old_label,
    cast(null as varchar) as new_label,
    cast(null as timestamp) as changed_at,
    cast(null as varchar) as changed_by,
    cast(null as integer) as sequence,
    cast(null as varchar) as source
where false
