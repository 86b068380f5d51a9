{#-
  Rows that break a key: a column without a value (unless `nullable`), or a value that occurs twice. `rebuilt_cells`
  names the model of the cells that a partial build has made anew: it left the others as the build before tested them.
-#}
{% test unique_key(model, columns, nullable=[], rebuilt_cells=none) -%}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }} as tested
{%- if rebuilt_cells %}
where {{ is_rebuilt_cell(ref(rebuilt_cells), 'tested', columns) }}
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns if column not in nullable %}
    or {{ column }} is null
{%- endfor %}
{%- endtest %}
