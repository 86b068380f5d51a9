-- The same number of incidents in every layer, and the same ones: raw, staging, published. Keys are compared one by one
-- only where there are more or others in one layer than in another.
{%- set layers = {
    'raw': source('raw_servicenow', 'incident'), 'staged': ref('stg_servicenow__incident'), 'published': ref('itsm')
} %}
with sums as (
    {%- for layer, relation in layers.items() %}
    select '{{ layer }}' as layer, instance, count(*) as row_count, {{ checksum('sys_id') }} as keys_sum
    from {{ relation }}
    group by instance
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

unlike as (
    select instance
    from sums
    group by instance
    having count(*) < {{ layers | length }}
        or min(row_count) <> max(row_count)
        or min(keys_sum) <> max(keys_sum)
),

keys as (
    {%- for layer, relation in layers.items() %}
    select '{{ layer }}' as layer, rows_of_layer.instance, rows_of_layer.sys_id
    from {{ relation }} as rows_of_layer
    inner join unlike on unlike.instance = rows_of_layer.instance
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    instance,
    sys_id
    {%- for layer in layers %},
    {{ count_where("layer = '" ~ layer ~ "'") }} as {{ layer }}_count
    {%- endfor %}
from keys
group by instance, sys_id
having {% for layer in layers %}{{ count_where("layer = '" ~ layer ~ "'") }} <> 1{{ ' or ' if not loop.last }}{% endfor %}
