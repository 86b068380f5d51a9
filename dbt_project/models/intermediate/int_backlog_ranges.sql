{{ config(materialized='table') }}

{%- set built = last_built('metrics', 'backlog') %}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and (built is none or last_built('sdm', 'itsm') is none) %}
select
    instance,
    cast(null as date) as first_day,
    cast(null as date) as last_day,
    false as is_kept
from {{ ref('int_instances') }}
where false
{%- else %}
with built as (
    select
        instance,
        min(as_of) as first_day,
        max(as_of) as last_day
    from {{ built }}
    group by instance
),

-- The last day that was built goes on, and so may an earlier one that now has gone back to.
bounds as (
    select
        instances.instance,
        cast(instances.history_start_at as date) as history_day,
        cast(instances.now_at as date) as today,
        coalesce(built.first_day, cast(instances.now_at as date)) as first_kept_day,
        least(
            coalesce(built.last_day, cast(instances.now_at as date)), cast(instances.now_at as date)
        ) as first_day_after
    from {{ ref('int_instances') }} as instances
    left join built on built.instance = instances.instance
),

ranges as (
    select
        instance,
        history_day as first_day,
        cast({{ later_by('first_kept_day', -1, 'day') }} as date) as last_day,
        false as is_kept
    from bounds
    union all
    select
        instance,
        greatest(first_kept_day, history_day) as first_day,
        cast({{ later_by('first_day_after', -1, 'day') }} as date) as last_day,
        true as is_kept
    from bounds
    union all
    select
        instance,
        greatest(first_day_after, first_kept_day, history_day) as first_day,
        today as last_day,
        false as is_kept
    from bounds
)

select * from ranges where first_day <= last_day
{%- endif %}
