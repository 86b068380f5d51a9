{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_cells',
        rebuilt_cells='int_resolved_cells',
        cell=['instance', 'grain', 'period_start', 'dimension', 'dimension_value'],
        on_schema_change='fail',
    )
}}

-- depends_on: {{ ref('int_resolved_cells') }}, {{ ref('int_resolved_periods') }}, {{ ref('int_instances') }}
-- depends_on: {{ ref('int_resolved_rebuilt') }}

{%- if is_incremental() %}
select * from {{ ref('int_resolved_rebuilt') }}
{%- else %}
{{ resolved_figures() }}
{%- endif %}
