-- The same number of incidents in every layer, and the same ones: raw, staging, published.
with raw as (
    select instance, sys_id, count(*) as row_count
    from {{ source('raw_servicenow', 'incident') }}
    group by instance, sys_id
),

staged as (
    select instance, sys_id, count(*) as row_count
    from {{ ref('stg_servicenow__incident') }}
    group by instance, sys_id
),

published as (
    select instance, sys_id, count(*) as row_count
    from {{ ref('itsm') }}
    group by instance, sys_id
)

select
    coalesce(raw.instance, staged.instance, published.instance) as instance,
    coalesce(raw.sys_id, staged.sys_id, published.sys_id) as sys_id,
    raw.row_count as raw_count,
    staged.row_count as staged_count,
    published.row_count as published_count
from raw
full join staged on staged.instance = raw.instance and staged.sys_id = raw.sys_id
full join published
    on published.instance = coalesce(raw.instance, staged.instance)
    and published.sys_id = coalesce(raw.sys_id, staged.sys_id)
where coalesce(raw.row_count, 0) <> 1
    or coalesce(staged.row_count, 0) <> 1
    or coalesce(published.row_count, 0) <> 1
