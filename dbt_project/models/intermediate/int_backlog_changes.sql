{{ config(materialized='table') }}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and (last_built('metrics', 'backlog') is none or last_built('sdm', 'itsm') is none) %}
select instance, sys_id from {{ ref('int_incidents_to_build') }} where false
{%- else %}
with ranges as (
    select * from {{ ref('int_backlog_ranges') }}
),

kept_ranges as (
    select * from ranges where is_kept
),

other_ranges as (
    select * from ranges where not is_kept
),

-- Read twice: an engine would keep all tickets, of which each time a few are meant.
changed as (
    select tickets.*, 1 as weight
    from ({{ backlog_tickets(ref('itsm')) }}) as tickets
    inner join {{ ref('int_incidents_to_build') }} as to_build
        on to_build.instance = tickets.instance and to_build.sys_id = tickets.sys_id
    union all
    select before.*, -1 as weight from {{ ref('int_backlog_before') }} as before
),

counted_anew as (
    select tickets.*, 1 as weight from ({{ backlog_tickets(ref('itsm')) }}) as tickets
),

spans as (
    {{ backlog_spans('changed', 'kept_ranges') }}
    union all
    {{ backlog_spans('counted_anew', 'other_ranges') }}
),

days as (
    {{ backlog_days('spans') }}
)

select
    instance,
    as_of,
    is_kept,
    weight,
    opened_at,
    is_open_then,
    is_not_closed_then,
    is_opened_that_day,
    is_ended_that_day,
    is_open_then and age_days > 30 as is_old_then
    {{ dimension_columns(incident_dimensions()) }}
from days
{%- endif %}
