{#-
  Comments of a table's columns. dbt's own macro asks the table first which of the columns it has; where there are
  comments here, there is a contract, which says just that.
-#}
{% macro duckdb__alter_column_comment(relation, column_dict) -%}
  {%- for name, column in column_dict.items() %}
  comment on column {{ relation }}.{{ adapter.quote(name) if column['quote'] else name }}
    is {{ duckdb_escape_comment(column['description']) }};
  {%- endfor %}
{%- endmacro %}
