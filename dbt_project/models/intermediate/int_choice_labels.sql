{{ config(materialized="table") }}

-- The nearest table with choices for a column decides about all its values, as the platform itself does: a table that
-- has choices of its own does not mix them with those of the table it extends.
with recursive tables as (
    select * from {{ ref('stg_servicenow__sys_db_object') }}
),

hierarchy as (
    select
        instance,
        name as table_name,
        name as ancestor_name,
        parent_table_id,
        0 as distance
    from tables
    where name in ({% for table in var('labelled_tables') %}'{{ table }}'{{ ', ' if not loop.last }}{% endfor %})

    union all

    select
        hierarchy.instance,
        hierarchy.table_name,
        tables.name as ancestor_name,
        tables.parent_table_id,
        hierarchy.distance + 1 as distance
    from hierarchy
    inner join tables on tables.instance = hierarchy.instance and tables.sys_id = hierarchy.parent_table_id
    -- A hierarchy is some levels deep; a loop in the source's data must end.
    where hierarchy.distance < 10
),

choices as (
    select
        choice.sys_id,
        hierarchy.instance,
        hierarchy.table_name,
        choice.element,
        choice.value,
        {{ filled('choice.dependent_value') }} as dependent_value,
        coalesce({{ filled('choice.label') }}, choice.value) as label,
        coalesce(choice.is_inactive, false) as is_inactive,
        choice.sequence,
        hierarchy.distance,
        min(hierarchy.distance) over (
            partition by hierarchy.instance, hierarchy.table_name, choice.element
        ) as nearest_distance
    from hierarchy
    inner join {{ ref('stg_servicenow__sys_choice') }} as choice
        on choice.instance = hierarchy.instance and choice.table_name = hierarchy.ancestor_name
    where coalesce(choice.language, 'en') = 'en' and choice.value is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by instance, table_name, element, value, dependent_value
            order by is_inactive, sequence nulls last, sys_id
        ) as place,
        row_number() over (
            partition by instance, table_name, element, value
            order by case when dependent_value is null then 0 else 1 end, is_inactive, sequence nulls last, sys_id
        ) as overall_place
    from choices
    where distance = nearest_distance
)

select
    instance,
    table_name,
    element,
    value,
    dependent_value,
    label,
    overall_place = 1 as is_first_of_value
from ranked
where place = 1
