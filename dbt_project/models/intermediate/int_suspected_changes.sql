{{ config(materialized='rows_to_build', built=['sdm', 'incident_changes']) }}

-- depends_on: {{ ref('int_incident_changes_to_build') }}

-- Changes that may have caused an incident which names no cause: of the same configuration item or the same service,
-- and over at most `suspect_hours` before the incident was opened.
{%- set window_seconds = var('suspect_hours') * 3600 %}
with incidents as (
    select
        incidents.instance,
        incidents.sys_id,
        incidents.opened_at,
        cast(incidents.opened_at as date) as opened_on,
        incidents.ci_id,
        incidents.service_id
    from {{ ref('itsm') }} as incidents
    {%- if last_built('sdm', 'incident_changes') is not none %}
    inner join {{ ref('int_incident_changes_to_build') }} as to_build
        on to_build.instance = incidents.instance and to_build.incident_id = incidents.sys_id
    {%- endif %}
    where incidents.opened_at is not null
        and not incidents.is_cancelled
        and {{ filled('incidents.caused_by_change_id') }} is null
),

windows as (
    {{ change_windows(ref('int_changes')) }}
),

pairs as (
    {%- for shared in ['ci', 'service'] %}
    select
        incidents.instance,
        incidents.sys_id as incident_id,
        windows.sys_id as change_id,
        windows.is_failed,
        {{ seconds_between('windows.ended_at', 'incidents.opened_at') }} as seconds_after,
        {{ 1 if shared == 'ci' else 0 }} as is_same_ci,
        {{ 1 if shared == 'service' else 0 }} as is_same_service
    from incidents
    inner join windows
        on windows.instance = incidents.instance
        and windows.covers = incidents.opened_on
        and windows.{{ shared }}_id = incidents.{{ shared }}_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

suspicions as (
    select
        instance,
        incident_id,
        change_id,
        seconds_after,
        max(is_same_ci) = 1 as is_same_ci,
        max(is_same_service) = 1 as is_same_service,
        max(case when is_failed then 1 else 0 end) = 1 as is_failed
    from pairs
    where seconds_after between 0 and {{ window_seconds }}
    group by instance, incident_id, change_id, seconds_after
)

select
    instance,
    incident_id,
    change_id,
    -- What is shared weighs most, then how soon the incident followed, then that the change is known to have failed.
    cast(
        round(
            case when is_same_ci then 0.6 else 0.3 end
            + 0.2 * (1 - {{ ratio('seconds_after', window_seconds) }})
            + case when is_failed then 0.15 else 0 end,
            4
        ) as double
    ) as score,
    concat(
        case
            when is_same_ci and is_same_service then 'same CI and service'
            when is_same_ci then 'same CI'
            else 'same service'
        end,
        ', opened ',
        cast(cast(floor({{ minutes('seconds_after') }}) as bigint) as varchar),
        ' min after the change ended',
        case when is_failed then ', the change failed' else '' end
    ) as reason
from suspicions
