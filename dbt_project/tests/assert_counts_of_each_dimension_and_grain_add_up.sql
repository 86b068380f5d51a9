-- The resolved tickets of each grain and dimension come to what all of them do: in every count and sum that mttr,
-- reassignment, noise, reopen and sla are made of.
{%- set added = resolved_added() %}
select
    parts.instance,
    parts.grain,
    parts.dimension
from (
    select
        instance,
        grain,
        dimension,
        {%- for column in added %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_resolved_figures') }}
    group by instance, grain, dimension
) as parts
inner join {{ ref('int_resolved_figures') }} as totals
    on totals.instance = parts.instance and totals.grain = 'all' and totals.dimension = 'all'
where
    {%- for column in added %}
    {{ 'or ' if not loop.first }}parts.{{ column }} <> totals.{{ column }}
    {%- endfor %}
