{#-
  What the backlog needs of each ticket of a relation with the columns of `sdm.itsm`: when it was opened, ended and
  closed, and what it is counted by. `closed_as_ended`: as if it was closed when it ended.
-#}
{% macro backlog_tickets(incidents, closed_as_ended=false) -%}
  select
    instance,
    sys_id,
    opened_at,
    {{ end_at() }} as end_at,
    {%- if closed_as_ended %}
    {{ end_at() }} as closed_end_at,
    {%- else %}
    case when not is_open and closed_at is not null then greatest(opened_at, closed_at) end as closed_end_at,
    {%- endif %}
    priority,
    assignment_group,
    service,
    category,
    ci_name,
    opened_by_kind,
    contact_type
    {%- for names in extra_column_names().values() %}
    {%- for name in names %},
    {{ name }}
    {%- endfor %}
    {%- endfor %}
  from {{ incidents }}
  where opened_at is not null
{%- endmacro %}


{#- When a ticket of `sdm.itsm` ended; NULL where it is open. -#}
{% macro end_at() -%}
  case when not is_open then greatest(opened_at, coalesce(resolved_at, closed_at, updated_at)) end
{%- endmacro %}


{#-
  Such tickets with the days on which they may count: from the day of opening to the last, within history and up to now;
  of `ranges` (instance, first_day, last_day, is_kept), where they are given, once for each. `while_open`: to the last day
  at whose end the ticket was open.
-#}
{% macro backlog_spans(tickets, ranges=none, while_open=false) -%}
  {%- set first_day = 'greatest(cast(tickets.opened_at as date), cast(instances.history_start_at as date))' -%}
  {%- set last_day -%}
    case
      {%- if while_open %}
      when tickets.end_at < instances.now_at then cast({{ later_by('cast(tickets.end_at as date)', -1, 'day') }} as date)
      {%- endif %}
      when tickets.end_at < instances.now_at and tickets.closed_end_at < instances.now_at
        then cast(greatest(tickets.end_at, tickets.closed_end_at) as date)
      else cast(instances.now_at as date)
    end
  {%- endset -%}
  select
    tickets.*,
    instances.now_at,
    {%- if ranges %}
    ranges.is_kept,
    greatest({{ first_day }}, ranges.first_day) as first_day,
    least({{ last_day }}, ranges.last_day) as last_day
    {%- else %}
    {{ first_day }} as first_day,
    {{ last_day }} as last_day
    {%- endif %}
  from {{ tickets }} as tickets
  inner join {{ ref('int_instances') }} as instances on instances.instance = tickets.instance
  {%- if ranges %}
  inner join {{ ranges }} as ranges on ranges.instance = tickets.instance
  {%- endif %}
{%- endmacro %}


{#- One row per span and day on which its ticket counts for the backlog. -#}
{% macro backlog_days(spans) -%}
  select *
  from (
    select
      midnights.*,
      end_at is null or end_at >= day_end_at as is_open_then,
      closed_end_at is null or closed_end_at >= day_end_at as is_not_closed_then,
      opened_at >= day_start_at as is_opened_that_day,
      coalesce(end_at >= day_start_at and end_at < day_end_at, false) as is_ended_that_day,
      {{ ratio(seconds_between('opened_at', 'least(day_end_at, now_at)'), 86400) }} as age_days
    from (
      select
        days.*,
        cast(as_of as timestamp) as day_start_at,
        cast({{ later_by('as_of', 1, 'day') }} as timestamp) as day_end_at
      from (
        select
          *,
          {{ days_between('first_day', 'last_day') }} as as_of
        from {{ spans }}
        where first_day <= last_day
      ) as days
    ) as midnights
  ) as ticket_days
  where is_open_then or is_not_closed_then or is_opened_that_day or is_ended_that_day
{%- endmacro %}
