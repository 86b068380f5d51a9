{#-
  Rows that break a key: a column without a value (unless `nullable`), or a value that occurs twice. A partial build
  leaves most rows as the build before left and tested them, so of a table that it makes in part only the others are
  looked at: with `built_keys`, a model of keys (all of them after a full build), the rows of these; with
  `rebuilt_cells`, a model of cells (none after a full build, where all are looked at), those of these.
-#}
{% test unique_key(model, columns, nullable=[], built_keys=none, rebuilt_cells=none) -%}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ of_cells(model, rebuilt_cells, columns) if rebuilt_cells else model }} as tested
{%- if built_keys %}
where {{ is_of_keys('tested', built_keys) }}
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns if column not in nullable %}
    or {{ column }} is null
{%- endfor %}
{%- endtest %}
