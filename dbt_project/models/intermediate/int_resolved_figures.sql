{%- set cell = ['instance', 'grain', 'period_start', 'dimension', 'dimension_value'] -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_cells',
        rebuilt_cells='int_resolved_cells',
        cell=cell,
        on_schema_change='fail',
        contract={'enforced': true},
    )
}}

{%- set added = resolved_added() %}

-- depends_on: {{ ref('int_resolved_cells') }}, {{ ref('int_resolved_periods') }}

{%- if is_incremental() %}
-- What adds up goes on from the last build; quantiles need all tickets of a cell. Each query reads them for itself:
-- engines would keep what they share, of every grain with all of its columns.
with quantiles as (
    {%- for name in dimension_names(incident_dimensions()) %}
    {%- set dimension_loop = loop %}
    {%- for grain in grains() %}
    select
        cells.cell_number,
        {{ resolved_quantile_lists() }}
    from {{ ref('int_resolved_periods') }} as tickets
    inner join {{ ref('int_resolved_cells') }} as cells
        on cells.instance = tickets.instance
        and cells.grain = '{{ grain }}'
        and cells.dimension = '{{ name }}'
        {%- if grain != 'all' %}
        and cells.period_start = tickets.period_start
        {%- endif %}
        {%- if name != 'all' %}
        and cells.dimension_value = tickets.by_{{ name }}
        {%- endif %}
    where tickets.grain = '{{ grain }}'
    group by cells.cell_number
    {{ 'union all' if not (loop.last and dimension_loop.last) }}
    {%- endfor %}
    {%- endfor %}
),

figures as (
    select
        cells.cell_number,
        {%- for column in cell %}
        cells.{{ column }},
        {%- endfor %}
        {%- for column in added %}
        cells.{{ column }}_change + coalesce(built.{{ column }}, 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_resolved_cells') }} as cells
    left join {{ this }} as built on {{ same_cell('built', 'cells', cell) }}
),

{%- else %}
with figures as (
    {%- for name in dimension_names(incident_dimensions()) %}
    {%- set dimension_loop = loop %}
    {%- for grain in grains() %}
    select
        instance,
        grain,
        period_start,
        {{ dimension_and_value(name) }},
        {%- for column, condition in resolved_counts().items() %}
        {{ count_where(condition) }} as {{ column }},
        {%- endfor %}
        {%- for column, number in resolved_sums().items() %}
        cast(coalesce(sum({{ number }}), 0) as bigint) as {{ column }},
        {%- endfor %}
        {{ resolved_quantile_lists() }}
    from {{ ref('int_resolved_periods') }}
    where grain = '{{ grain }}'
    group by {{ of_dimension(['instance', 'grain', 'period_start'], name) }}
    {{ 'union all' if not (loop.last and dimension_loop.last) }}
    {%- endfor %}
    {%- endfor %}
),
{%- endif %}

whole as (
    select * from figures where resolved_count > 0
)

select
    {%- for column in cell %}
    whole.{{ column }},
    {%- endfor %}
    {{ is_cut('whole', 'instances') }} as is_partial,
    {%- for column in added %}
    whole.{{ column }},
    {%- endfor %}
    {{ resolved_quantiles('quantiles' if is_incremental() else 'whole') }}
from whole
{%- if is_incremental() %}
inner join quantiles on quantiles.cell_number = whole.cell_number
{%- endif %}
left join {{ ref('int_instances') }} as instances on instances.instance = whole.instance
