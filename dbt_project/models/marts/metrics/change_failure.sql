-- Typed and empty: the contract promises the table, its rows are not modelled yet.
select
    cast(null as varchar) as instance,
    cast(null as date) as period_start,
    cast(null as varchar) as dimension,
    cast(null as varchar) as dimension_value,
    cast(null as bigint) as closed_changes,
    cast(null as bigint) as failed_changes,
    cast(null as double) as failed_share,
    cast(null as bigint) as changes_with_linked_incident,
    cast(null as bigint) as changes_with_suspected_incident
where false
