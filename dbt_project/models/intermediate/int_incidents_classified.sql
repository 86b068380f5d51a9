with noise_codes as (
    select distinct instance, {{ caseless('value') }} as code
    from {{ ref('stg_ticketlake__settings') }}
    where setting = 'noise_code'
),

bigpanda_users as (
    select distinct instance, {{ caseless('value') }} as user_name
    from {{ ref('stg_ticketlake__settings') }}
    where setting = 'bigpanda_user'
),

openers as (
    select
        users.instance,
        users.sys_id,
        users.is_integration,
        bigpanda_users.user_name is not null as is_bigpanda
    from {{ ref('int_users') }} as users
    left join bigpanda_users
        on bigpanda_users.instance = users.instance
        and bigpanda_users.user_name = {{ caseless('users.user_name') }}
),

incidents as (
    select
        labelled.*,
        instances.now_at,
        openers.sys_id as opener_id,
        coalesce(openers.is_bigpanda, false) as is_opened_by_bigpanda,
        coalesce(openers.is_integration, false) as is_opened_by_integration,
        state_codes.state is null as is_open,
        coalesce(state_codes.is_cancelled, false) as is_cancelled,
        by_code.code is not null or by_label.code is not null as has_noise_code,
        {{ seconds_between('labelled.opened_at', 'labelled.resolved_at') }} as resolve_seconds
    from {{ ref('int_incidents_labelled') }} as labelled
    left join {{ ref('int_instances') }} as instances on instances.instance = labelled.instance
    left join {{ ref('int_state_codes') }} as state_codes
        on state_codes.instance = labelled.instance and state_codes.state = labelled.state
    left join openers on openers.instance = labelled.instance and openers.sys_id = labelled.opened_by_id
    left join noise_codes as by_code
        on by_code.instance = labelled.instance and by_code.code = {{ caseless('labelled.close_code') }}
    left join noise_codes as by_label
        on by_label.instance = labelled.instance and by_label.code = {{ caseless('labelled.close_code_label') }}
)

select
    *,
    coalesce({{ caseless('close_code') }} = 'duplicate', false) as is_duplicate,
    {{ filled('parent_incident_id') }} is not null as is_child,
    opened_at is null
    or coalesce(resolve_seconds < 0, false)
    or coalesce(opened_at > {{ later_by('now_at', 1, 'day') }}, false)
    or coalesce(resolved_at > {{ later_by('now_at', 1, 'day') }}, false) as has_bad_clock,
    case when resolve_seconds >= 0 then {{ minutes('resolve_seconds') }} end as resolve_minutes,
    {{ minutes('coalesce(business_stc_seconds, business_duration_seconds)') }} as business_minutes,
    case
        when {{ filled('bp_incident_id') }} is not null or is_opened_by_bigpanda then 'bigpanda'
        when opener_id is null then 'unknown'
        when is_opened_by_integration then 'integration'
        else 'person'
    end as opened_by_kind,
    {{ filled('business_impact') }} is not null as has_business_impact,
    case
        when is_open or is_cancelled then null
        when {{ filled('close_code') }} is not null then has_noise_code
        else {{ filled('assigned_to_id') }} is null
    end as is_noise
from incidents
