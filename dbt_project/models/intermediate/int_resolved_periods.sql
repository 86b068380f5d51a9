with resolved as (
    select * from {{ ref('int_resolved_facts') }}
)

{%- for grain in grains() %}
select
    *,
    '{{ grain }}' as grain,
    {{ 'cast(null as date)' if grain == 'all' else 'resolved_' ~ grain }} as period_start
from resolved
{{ 'union all' if not loop.last }}
{%- endfor %}
