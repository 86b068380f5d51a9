{{ config(enabled=(extra_columns() | length > 0)) }}

{%- set traits = extra_column_traits() %}

with incidents as (
    select * from {{ ref('stg_servicenow__incident') }}
),

labels as (
    select instance, element, value, label
    from {{ ref('int_choice_labels') }}
    where table_name = 'incident' and is_first_of_value
),

names as (
    select * from {{ ref('int_reference_names') }}
),

named_tables as (
    select distinct table_name from names
),

-- The reference fields; `is_named` says that the rows of the table referred to are known here.
fields as (
    select
        referring.instance,
        referring.field,
        referring.referenced_table,
        named_tables.table_name is not null as is_named
    from {{ ref('int_incident_references') }} as referring
    left join named_tables on named_tables.table_name = referring.referenced_table
)

select
    incidents.instance,
    incidents.sys_id
    {%- for name, trait in traits.items() %},
    incidents.x_{{ name }}
    {%- if trait.is_labelled %},
    case
        when {{ name }}_field.is_named then {{ name }}_row.name
        else coalesce({{ name }}_choice.label, cast(incidents.x_{{ name }} as varchar))
    end as x_{{ name }}_label
    {%- endif %}
    {%- endfor %}
from incidents
{%- for name, trait in traits.items() if trait.is_labelled %}
left join fields as {{ name }}_field
    on {{ name }}_field.instance = incidents.instance and {{ name }}_field.field = '{{ name }}'
left join names as {{ name }}_row
    on {{ name }}_row.instance = incidents.instance
    and {{ name }}_row.table_name = {{ name }}_field.referenced_table
    and {{ name }}_row.sys_id = cast(incidents.x_{{ name }} as varchar)
left join labels as {{ name }}_choice
    on {{ name }}_choice.instance = incidents.instance
    and {{ name }}_choice.element = '{{ name }}'
    and {{ name }}_choice.value = cast(incidents.x_{{ name }} as varchar)
{%- endfor %}
