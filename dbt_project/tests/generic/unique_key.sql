{#- Rows that break a key: a column without a value (unless `nullable`), or a value that occurs twice. -#}
{% test unique_key(model, columns, nullable=[]) -%}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns if column not in nullable %}
    or {{ column }} is null
{%- endfor %}
{%- endtest %}
