{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_cells',
        rebuilt_cells='int_resolved_cells',
        cell=['instance', 'grain', 'period_start', 'dimension', 'dimension_value'],
        on_schema_change='fail',
        contract={'enforced': true},
    )
}}

-- depends_on: {{ ref('int_resolved_cells') }}, {{ ref('int_resolved_periods') }}, {{ ref('int_instances') }}

{{ resolved_figures(ref('int_resolved_cells') if is_incremental()) }}
