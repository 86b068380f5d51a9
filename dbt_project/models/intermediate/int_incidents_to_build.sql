{{ config(materialized='table') }}

{%- set built = last_built('sdm', 'itsm') -%}
{%- set built_cis = last_built('sdm', 'configuration_items') or ref('stg_servicenow__cmdb_ci') -%}

-- depends_on: {{ ref('stg_servicenow__incident') }}

{#- dbt learns here of what the other branch depends on. -#}
{%- if execute and built is none %}
select instance, sys_id from {{ ref('stg_servicenow__incident') }}
{%- else %}
-- Rows of the raw layer come with a load and go into the deleted records: nothing else has to be looked at. Every
-- branch reads the few columns of the last build that it needs.
with recursive new_rows as (
    select * from {{ ref('stg_ticketlake__unbuilt_rows') }}
),

rows_since as (
    select instance, table_name, sys_id, 1 as is_new from new_rows
    union all
    select instance, table_name, sys_id, 0 as is_new from {{ ref('stg_ticketlake__deleted_records') }}
),

incidents_before as (
    select distinct built.instance, built.sys_id, built.parent_incident_id
    from {{ built }} as built
    inner join rows_since
        on rows_since.table_name = 'incident'
        and rows_since.instance = built.instance
        and rows_since.sys_id = built.sys_id
),

-- Incidents that came, changed or went.
changed as (
    select instance, sys_id from new_rows where table_name = 'incident'
    union
    select instance, sys_id from incidents_before
),

links as (
    select instance, sys_id, parent_incident_id
    from {{ ref('stg_servicenow__incident') }}
    where parent_incident_id is not null
),

-- A parent that came, went or changed shows in all below it.
families as (
    select instance, sys_id, 0 as distance from changed
    union all
    select links.instance, links.sys_id, families.distance + 1 as distance
    from families
    inner join links on links.instance = families.instance and links.parent_incident_id = families.sys_id
    -- Families are some levels deep; a loop in the source's data must end.
    where families.distance < 100
),

-- What rows that came, changed or went are called now: NULL where they are gone.
names as (
    {%- for table, column in {
        'sys_user': 'name', 'sys_user_group': 'name', 'change_request': 'number', 'problem': 'number'
    }.items() %}
    select rows_since.*, named.{{ column }} as name, named.sys_id is not null as is_there
    from rows_since
    left join {{ ref('stg_servicenow__' ~ table) }} as named
        on named.instance = rows_since.instance and named.sys_id = rows_since.sys_id
    where rows_since.table_name = '{{ table }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

items as (
    select keys.instance, keys.sys_id, cis.name as ci_name, cis.ci_class, services.name as service_name
    from (
        select distinct instance, sys_id from rows_since where table_name in ('cmdb_ci', 'cmdb_ci_service')
    ) as keys
    left join {{ ref('stg_servicenow__cmdb_ci') }} as cis
        on cis.instance = keys.instance and cis.sys_id = keys.sys_id
    left join {{ ref('stg_servicenow__cmdb_ci_service') }} as services
        on services.instance = keys.instance and services.sys_id = keys.sys_id
),

new_cis as (
    select instance, sys_id from new_rows where table_name = 'cmdb_ci'
),

-- How many items bear a name decides whether a title that has it says which one is meant.
instances_of_other_ci_names as (
    select new_cis.instance
    from new_cis
    inner join {{ ref('stg_servicenow__cmdb_ci') }} as cis
        on cis.instance = new_cis.instance and cis.sys_id = new_cis.sys_id
    left join {{ built_cis }} as built on built.instance = new_cis.instance and built.sys_id = new_cis.sys_id
    where cis.name is distinct from built.name
    union
    select instance
    from (
        select instance, 1 as difference from {{ ref('stg_servicenow__cmdb_ci') }}
        union all
        select instance, -1 as difference from {{ built_cis }}
    ) as counted
    group by instance
    having sum(difference) <> 0
),

audited_instances as (
    select distinct instance from {{ ref('stg_servicenow__sys_audit') }}
),

-- Those whose incidents were built as if there were an audit.
instances_without_audit as (
    select known.instance
    from (select instance from {{ built }} where is_flapping is not null group by instance) as known
    where not exists (select 1 from audited_instances where audited_instances.instance = known.instance)
),

chosen as (
    -- What came or went, what is told of an incident in rows of its own, and its family.
    select instance, incident_id as sys_id from new_rows where incident_id is not null
    union all
    select instance, sys_id from families
    union all
    select instance, parent_incident_id as sys_id from incidents_before
    union all
    select links.instance, links.parent_incident_id as sys_id
    from links
    inner join changed on changed.instance = links.instance and changed.sys_id = links.sys_id

    {%- for id, name, table in [
        ('opened_by_id', 'opened_by_name', 'sys_user'),
        ('caller_id', 'caller_name', 'sys_user'),
        ('assigned_to_id', 'assigned_to_name', 'sys_user'),
        ('assignment_group_id', 'assignment_group', 'sys_user_group'),
        ('caused_by_change_id', 'caused_by_change', 'change_request'),
        ('problem_id', 'problem', 'problem'),
    ] %}
    union all
    select built.instance, built.sys_id
    from {{ built }} as built
    inner join names
        on names.table_name = '{{ table }}' and names.instance = built.instance and names.sys_id = built.{{ id }}
    where names.name is distinct from built.{{ name }}
        {%- if id == 'opened_by_id' %}
        -- What kind of user the opener is. One without a name has a kind all the same.
        or names.is_new = 1
        or (not names.is_there and built.opened_by_kind in ('person', 'integration'))
        or (
            not names.is_there and built.opened_by_kind = 'bigpanda' and {{ filled('built.bp_incident_id') }} is null
        )
        {%- endif %}
    {%- endfor %}
    union all
    select built.instance, built.sys_id
    from {{ built }} as built
    inner join items on items.instance = built.instance and items.sys_id = built.ci_id
    where built.ci_class is distinct from items.ci_class
        or built.ci_name
            is distinct from coalesce(items.ci_name, case when built.ci_resolution = 'service' then items.service_name end)
    union all
    select built.instance, built.sys_id
    from {{ built }} as built
    inner join items on items.instance = built.instance and items.sys_id = built.service_id
    where built.service is distinct from coalesce(items.service_name, items.ci_name)

    union all

    -- Affected items: another may be the first that is still there.
    select task_cis.instance, task_cis.ticket_id as sys_id
    from {{ ref('stg_servicenow__task_ci') }} as task_cis
    inner join new_cis on new_cis.instance = task_cis.instance and new_cis.sys_id = task_cis.ci_id
    union all
    select built.instance, built.sys_id
    from {{ built }} as built
    left join {{ ref('stg_servicenow__task_ci') }} as task_cis
        on task_cis.instance = built.instance
        and task_cis.ticket_id = built.sys_id
        and task_cis.ci_id = built.ci_id
    where built.ci_resolution = 'affected_ci' and task_cis.instance is null
    union all
    select built.instance, built.sys_id
    from {{ built }} as built
    inner join instances_of_other_ci_names on instances_of_other_ci_names.instance = built.instance
    where built.ci_resolution in ('title', 'none')

    union all

    -- The first audit row of an instance makes all its incidents known not to flap.
    select built.instance, built.sys_id
    from {{ built }} as built
    inner join audited_instances on audited_instances.instance = built.instance
    where built.is_flapping is null
    union all
    select built.instance, built.sys_id
    from {{ built }} as built
    inner join instances_without_audit on instances_without_audit.instance = built.instance
    where built.is_flapping is not null

    union all

    -- A clock that runs ahead does so until now has come up with it.
    {%- for ahead in [
        'built.has_bad_clock', 'built.opened_at > instances.now_at', 'built.resolved_at > instances.now_at'
    ] %}
    select built.instance, built.sys_id
    from {{ built }} as built
    inner join {{ ref('int_instances') }} as instances on instances.instance = built.instance
    where {{ ahead }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- if extra_columns() %}

    union all

    select built.instance, built.sys_id
    from {{ built }} as built
    inner join {{ ref('int_incident_extras') }} as extras
        on extras.instance = built.instance and extras.sys_id = built.sys_id
    where
        {%- for names in extra_column_names().values() %}
        {%- for name in names %}
        built.{{ name }} is distinct from extras.{{ name }} or
        {%- endfor %}
        {%- endfor %}
        false
    {%- endif %}
)

select distinct instance, sys_id
from chosen
where sys_id is not null
{%- endif %}
