{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_keys',
        rebuilt_keys='int_histories_to_build',
        on_schema_change='fail',
    )
}}

-- depends_on: {{ ref('int_histories_to_build') }}

{%- set is_partial = last_built('sdm', 'itsm_history') is not none %}

with changes as (
    select * from {{ ref('int_incident_field_changes') }}
),

labels as (
    select instance, element, value, label
    from {{ ref('int_choice_labels') }}
    where table_name = 'incident' and is_first_of_value
),

{%- if is_partial %}

-- Of a million names the few that are asked for.
referenced as (
    {%- for side in ['old', 'new'] %}
    select changes.instance, fields.referenced_table as table_name, changes.{{ side }}_value as sys_id
    from changes
    inner join {{ ref('int_incident_references') }} as fields
        on fields.instance = changes.instance and fields.field = changes.field
    {{ 'union' if not loop.last }}
    {%- endfor %}
),
{%- endif %}

names as (
    {%- if is_partial %}
    -- Tickets, which are most, are not looked through where no change names one.
    {%- for is_of_table in ["= 'task'", "<> 'task'"] %}
    select names.*
    from {{ ref('int_reference_names') }} as names
    inner join referenced
        on referenced.instance = names.instance
        and referenced.table_name = names.table_name
        and referenced.sys_id = names.sys_id
    where names.table_name {{ is_of_table }} and referenced.table_name {{ is_of_table }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- else %}
    select * from {{ ref('int_reference_names') }}
    {%- endif %}
)

select
    changes.instance,
    changes.sys_id,
    changes.field,
    changes.old_value,
    changes.new_value,
    -- A reference whose row is gone has no name; a code without a label stands for itself.
    case
        when fields.field is not null then old_names.name
        else coalesce(old_labels.label, changes.old_value)
    end as old_label,
    case
        when fields.field is not null then new_names.name
        else coalesce(new_labels.label, changes.new_value)
    end as new_label,
    changes.changed_at,
    changes.changed_by,
    changes.sequence,
    changes.source
from changes
left join {{ ref('int_incident_references') }} as fields
    on fields.instance = changes.instance and fields.field = changes.field
left join names as old_names
    on old_names.instance = changes.instance
    and old_names.table_name = fields.referenced_table
    and old_names.sys_id = changes.old_value
left join names as new_names
    on new_names.instance = changes.instance
    and new_names.table_name = fields.referenced_table
    and new_names.sys_id = changes.new_value
left join labels as old_labels
    on old_labels.instance = changes.instance
    and old_labels.element = changes.field
    and old_labels.value = changes.old_value
left join labels as new_labels
    on new_labels.instance = changes.instance
    and new_labels.element = changes.field
    and new_labels.value = changes.new_value
