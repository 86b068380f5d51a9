select
    instance,
    sys_id as incident_id,
    {{ filled('cmdb_ci_id') }} as ci_id,
    case when {{ filled('cmdb_ci_id') }} is not null then 'ticket' else 'none' end as ci_resolution
from {{ ref('stg_servicenow__incident') }}
