-- Without settings no state is closed and nothing has a now: the figures of the instance would be wrong in silence.
select distinct incidents.instance
from {{ ref('stg_servicenow__incident') }} as incidents
left join {{ ref('int_instances') }} as instances on instances.instance = incidents.instance
left join {{ ref('int_state_codes') }} as state_codes on state_codes.instance = incidents.instance
where instances.now_at is null
    or instances.history_start_at is null
    or instances.retention_start_at is null
    or state_codes.state is null
