-- Drift beyond what changes while the counts are taken: rows were lost, or something else deletes them.
with latest as (
    select
        *,
        row_number() over (partition by instance, table_name order by checked_at desc) as age
    from {{ ref('reconciliation') }}
)

select
    instance,
    table_name,
    source_count,
    warehouse_count,
    difference
from latest
where age = 1 and abs(difference) > greatest(100, 0.01 * source_count)
