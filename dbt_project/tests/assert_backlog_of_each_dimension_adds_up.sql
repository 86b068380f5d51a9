{%- set counts = ['open_count', 'not_closed_count', 'opened_count', 'ended_count', 'older_than_30_days'] %}
with parts as (
    select
        instance,
        as_of,
        dimension,
        {%- for count in counts %}
        sum({{ count }}) as {{ count }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('backlog') }}
    group by instance, as_of, dimension
)

select parts.instance, parts.as_of, parts.dimension
from parts
left join {{ ref('backlog') }} as totals
    on totals.instance = parts.instance and totals.as_of = parts.as_of and totals.dimension = 'all'
where totals.instance is null
    {%- for count in counts %}
    or parts.{{ count }} <> totals.{{ count }}
    {%- endfor %}
