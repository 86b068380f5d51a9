-- The incidents whose rows of `sdm.itsm` this build makes.
select incidents.*
from {{ ref('stg_servicenow__incident') }} as incidents
inner join {{ ref('int_incidents_to_build') }} as to_build
    on to_build.instance = incidents.instance and to_build.sys_id = incidents.sys_id
