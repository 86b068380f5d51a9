{#-
  Rows that break a key: a column without a value (unless `nullable`), or a value that occurs twice. With `built_keys`,
  only among the rows of the keys that this build made: the others are as the build before left and tested them. The
  model of these keys has all of them after a full build.
-#}
{% test unique_key(model, columns, nullable=[], built_keys=none) -%}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }} as tested
{%- if built_keys %}
where {{ is_of_keys('tested', built_keys) }}
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns if column not in nullable %}
    or {{ column }} is null
{%- endfor %}
{%- endtest %}
