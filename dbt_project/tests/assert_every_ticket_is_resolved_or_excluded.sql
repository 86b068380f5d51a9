with tickets as (
    select instance, count(*) as ticket_count from {{ ref('itsm') }} group by instance
),

resolved as (
    select instance, resolved_count
    from {{ ref('mttr') }}
    where grain = 'all' and dimension = 'all'
),

excluded as (
    select instance, sum(ticket_count) as excluded_count from {{ ref('excluded') }} group by instance
)

select tickets.instance, tickets.ticket_count, resolved.resolved_count, excluded.excluded_count
from tickets
left join resolved on resolved.instance = tickets.instance
left join excluded on excluded.instance = tickets.instance
where tickets.ticket_count <> coalesce(resolved.resolved_count, 0) + coalesce(excluded.excluded_count, 0)
