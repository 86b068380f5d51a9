-- What people call the rows that fields refer to: a name, or a number for tickets. `task` stands for any ticket and
-- `cmdb_ci` for any configuration item: a reference to the base table may name a row of any class.
select instance, 'sys_user' as table_name, sys_id, name
from {{ ref('stg_servicenow__sys_user') }}
union all
select instance, 'sys_user_group' as table_name, sys_id, name
from {{ ref('stg_servicenow__sys_user_group') }}
union all
select instance, 'cmdb_ci' as table_name, sys_id, name
from {{ ref('stg_servicenow__cmdb_ci') }}
union all
-- A service that its own table does not show may still be known as a configuration item.
select services.instance, 'cmdb_ci' as table_name, services.sys_id, services.name
from {{ ref('stg_servicenow__cmdb_ci_service') }} as services
where not exists (
    select 1
    from {{ ref('stg_servicenow__cmdb_ci') }} as cis
    where cis.instance = services.instance and cis.sys_id = services.sys_id
)
union all
select instance, 'cmn_department' as table_name, sys_id, name
from {{ ref('stg_servicenow__cmn_department') }}
union all
select instance, 'cmn_location' as table_name, sys_id, name
from {{ ref('stg_servicenow__cmn_location') }}
union all
select instance, 'task' as table_name, sys_id, number as name
from {{ ref('stg_servicenow__incident') }}
union all
select instance, 'task' as table_name, sys_id, number as name
from {{ ref('stg_servicenow__problem') }}
union all
select instance, 'task' as table_name, sys_id, number as name
from {{ ref('stg_servicenow__change_request') }}
