-- The reference fields of incident and the table under which `int_reference_names` knows what each refers to. A field
-- that incident redefines counts as incident has it.
with fields as (
    select
        instance,
        element as field,
        coalesce(
            max(case when table_name = 'incident' then referenced_table end), max(referenced_table)
        ) as referenced_table
    from {{ ref('stg_servicenow__sys_dictionary') }}
    where table_name in ('incident', 'task') and column_type = 'reference' and element is not null
    group by instance, element
)

select
    instance,
    field,
    case
        when referenced_table in ('incident', 'problem', 'change_request') then 'task'
        when referenced_table like 'cmdb_ci%' then 'cmdb_ci'
        else referenced_table
    end as referenced_table
from fields
