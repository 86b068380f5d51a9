{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_keys',
        rebuilt_keys='int_resolved_to_build',
        on_schema_change='fail',
    )
}}

-- depends_on: {{ ref('int_resolved_to_build') }}
-- depends_on: {{ ref('int_resolved_before') }}

select
    resolved.instance,
    resolved.sys_id,
    {%- for grain in grains() if grain != 'all' %}
    {{ period_start(grain, 'resolved.resolved_at') }} as resolved_{{ grain }},
    {%- endfor %}
    resolved.resolve_seconds,
    resolved.business_seconds,
    resolved.is_child,
    resolved.reassignment_count,
    resolved.reopen_count,
    resolved.is_noise,
    resolved.has_close_code,
    resolved.made_sla,
    resolved.task_sla_count,
    resolved.task_sla_met_count
    {{ dimension_columns(incident_dimensions()) }}
from {{ ref('int_resolved_incidents') }} as resolved
{%- if is_incremental() %}
inner join {{ ref('int_resolved_to_build') }} as to_build
    on to_build.instance = resolved.instance and to_build.sys_id = resolved.sys_id
{%- endif %}
