with incidents as (
    select
        instance,
        case
            when is_cancelled then 'cancelled'
            when is_open then 'open'
            when resolved_at is null then 'not_resolved'
            when has_bad_clock then 'bad_clock'
        end as reason
    from {{ ref('itsm') }}
)

select
    instance,
    reason,
    count(*) as ticket_count
from incidents
where reason is not null
group by instance, reason
