{#-
  The rows that a build makes other models of, where these were built before: few, so they are read once and kept as a
  table. Where all is built, they are all there is, and a view. `built` names a table that is made of them.
-#}
{% materialization rows_to_build, adapter='duckdb' -%}
  {%- set schema, name = config.require('built') -%}
  {%- if last_built(schema, name) is none -%}
    {{ return(materialization_view_duckdb()) }}
  {%- endif -%}
  {{ return(materialization_table_duckdb()) }}
{%- endmaterialization %}
