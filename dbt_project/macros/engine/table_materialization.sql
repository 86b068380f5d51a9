{#-
  Tables in one transaction and one statement more than the rows take. dbt's own way for DuckDB (create under another
  name, rename twice, commit, drop in a transaction of its own) takes a dozen, which for small tables is most of a
  build. A build that is cut off leaves the table as it was in either way.
-#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set target = this.incorporate(type='table') -%}

  {{ run_hooks(pre_hooks) }}

  {%- if existing is not none and not existing.is_table -%}
    {{ drop_relation_if_exists(existing) }}
  {%- endif -%}

  {%- if model['language'] == 'python' %}
  {#-
    It may read the table that it replaces. What it gives is a relation; dbt's own way imports pyarrow first. This part
    is a transaction of its own: a build that is cut off may leave what was made.
  -#}
  {%- set made = make_intermediate_relation(target) -%}
  {% call statement('main', language='python') -%}
{{ compiled_code }}

def materialize(rows, session):
    session.register('made', rows)
    session.execute('create or replace table {{ made }} as select * from made')
    session.unregister('made')
  {%- endcall %}
  {% call statement('replace') -%}
    drop table if exists {{ target }} cascade;
    alter table {{ made }} rename to {{ target.identifier }};
  {%- endcall %}
  {%- else %}
  {% call statement('main') -%}
    {%- if config.get('contract').enforced %}
    {{ get_assert_columns_equivalent(sql) }}
    create or replace table {{ target }} {{ get_table_columns_and_constraints() }};
    insert into {{ target }} {{ get_column_names() }} (
      {{ get_select_subquery(sql) }}
    );
    {%- else %}
    create or replace table {{ target }} as (
      {{ sql }}
    );
    {%- endif %}
  {%- endcall %}
  {%- endif %}

  {% do persist_docs(target, model) %}

  {{ run_hooks(post_hooks) }}

  {{ adapter.commit() }}

  {{ return({'relations': [target]}) }}
{%- endmaterialization %}
