-- Counts and sums go on from one build to the next: those of all resolved tickets are what the tickets come to. Those of
-- dimensions and periods add up to them.
with tickets as (
    select
        instance,
        {%- for column, condition in resolved_counts().items() %}
        {{ count_where(condition) }} as {{ column }},
        {%- endfor %}
        {%- for column, number in resolved_sums().items() %}
        coalesce(sum({{ number }}), 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_resolved_facts') }}
    group by instance
),

figures as (
    select *
    from {{ ref('int_resolved_figures') }}
    where grain = 'all' and dimension = 'all'
)

select
    coalesce(tickets.instance, figures.instance) as instance,
    tickets.resolved_count as tickets_resolved,
    figures.resolved_count as figures_resolved
from tickets
full join figures on figures.instance = tickets.instance
where tickets.instance is null
    or figures.instance is null
    {%- for column in resolved_added() %}
    or tickets.{{ column }} <> figures.{{ column }}
    {%- endfor %}
