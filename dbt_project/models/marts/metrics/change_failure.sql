{%- set dimensions = change_dimensions() %}

with incidents as (
    select
        instance,
        change_id,
        max(case when link = 'caused_by' then 1 else 0 end) as has_linked,
        max(case when link = 'suspected' then 1 else 0 end) as has_suspected
    from {{ ref('incident_changes') }}
    group by instance, change_id
),

-- A cancelled change was never carried out: it can neither fail nor succeed.
closed as (
    select
        changes.instance,
        {{ period_start('month', 'changes.closed_at') }} as period_start,
        changes.type,
        changes.assignment_group,
        changes.is_failed,
        coalesce(incidents.has_linked, 0) as has_linked,
        coalesce(incidents.has_suspected, 0) as has_suspected
    from {{ ref('changes') }} as changes
    left join incidents on incidents.instance = changes.instance and incidents.change_id = changes.sys_id
    where changes.closed_at is not null and not changes.is_open and not changes.is_cancelled
),

requests as (
    select * {{ dimension_columns(dimensions) }}
    from closed
)

{%- for name in dimension_names(dimensions) %}
select
    instance,
    period_start,
    {{ dimension_and_value(name) }},
    count(*) as closed_changes,
    {{ count_where('is_failed') }} as failed_changes,
    {{ share_where('is_failed') }} as failed_share,
    cast(sum(has_linked) as bigint) as changes_with_linked_incident,
    cast(sum(has_suspected) as bigint) as changes_with_suspected_incident
from requests
group by {{ of_dimension(['instance', 'period_start'], name) }}
{{ 'union all' if not loop.last }}
{%- endfor %}
