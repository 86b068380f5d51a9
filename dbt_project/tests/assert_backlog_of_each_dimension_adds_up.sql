{%- set counts = ['open_count', 'not_closed_count', 'opened_count', 'ended_count', 'older_than_30_days'] %}
{{ parts_unlike_totals(ref('backlog'), ['instance', 'as_of'], counts) }}
