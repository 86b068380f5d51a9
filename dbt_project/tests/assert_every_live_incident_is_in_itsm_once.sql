with live as (
    select instance, count(*) as row_count from {{ ref('stg_servicenow__incident') }} group by instance
),

published as (
    select instance, count(*) as row_count from {{ ref('itsm') }} group by instance
)

select
    coalesce(live.instance, published.instance) as instance,
    live.row_count as live_count,
    published.row_count as published_count
from live
full join published on published.instance = live.instance
where coalesce(live.row_count, 0) <> coalesce(published.row_count, 0)
