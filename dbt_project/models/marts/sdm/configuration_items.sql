-- What the last build left is compared first: depends_on: {{ ref('int_incidents_to_build') }}
with classes as (
    select instance, name, min(label) as label
    from {{ ref('stg_servicenow__sys_db_object') }}
    group by instance, name
)

select
    cis.instance,
    cis.sys_id,
    cis.name,
    cis.ci_class,
    coalesce({{ filled('classes.label') }}, cis.ci_class) as ci_class_label,
    cis.install_status,
    cis.operational_status,
    cis.environment,
    cis.support_group_id,
    support_groups.name as support_group,
    cis.owned_by_id,
    -- Retired, stolen and absent; an item without a status is not known to be either.
    cis.install_status not in (7, 8, 100) as is_active
from {{ ref('stg_servicenow__cmdb_ci') }} as cis
left join classes on classes.instance = cis.instance and classes.name = cis.ci_class
left join {{ ref('stg_servicenow__sys_user_group') }} as support_groups
    on support_groups.instance = cis.instance and support_groups.sys_id = cis.support_group_id
