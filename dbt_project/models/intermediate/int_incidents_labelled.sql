with incidents as (
    select
        *,
        {{ source_column('state') }} as state_column,
        {{ source_column('priority') }} as priority_column,
        {{ source_column('category') }} as category_column,
        {{ source_column('subcategory') }} as subcategory_column,
        {{ source_column('close_code') }} as close_code_column
    from {{ ref('int_incidents') }}
),

labels as (
    select * from {{ ref('int_choice_labels') }} where table_name = 'incident'
)

select
    incidents.*,
    coalesce(state.label, cast(incidents.state as varchar)) as state_label,
    coalesce(priority.label, cast(incidents.priority as varchar)) as priority_label,
    coalesce(category.label, incidents.category) as category_label,
    coalesce(subcategory.label, any_subcategory.label, incidents.subcategory) as subcategory_label,
    coalesce(close_code.label, incidents.close_code) as close_code_label
from incidents
left join labels as state
    on state.instance = incidents.instance
    and state.element = incidents.state_column
    and state.value = cast(incidents.state as varchar)
    and state.is_first_of_value
left join labels as priority
    on priority.instance = incidents.instance
    and priority.element = incidents.priority_column
    and priority.value = cast(incidents.priority as varchar)
    and priority.is_first_of_value
left join labels as category
    on category.instance = incidents.instance
    and category.element = incidents.category_column
    and category.value = incidents.category
    and category.is_first_of_value
left join labels as subcategory
    on subcategory.instance = incidents.instance
    and subcategory.element = incidents.subcategory_column
    and subcategory.value = incidents.subcategory
    and subcategory.dependent_value = incidents.category
left join labels as any_subcategory
    on any_subcategory.instance = incidents.instance
    and any_subcategory.element = incidents.subcategory_column
    and any_subcategory.value = incidents.subcategory
    and any_subcategory.dependent_value is null
left join labels as close_code
    on close_code.instance = incidents.instance
    and close_code.element = incidents.close_code_column
    and close_code.value = incidents.close_code
    and close_code.is_first_of_value
