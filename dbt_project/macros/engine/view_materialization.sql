{#-
  Views in one statement. dbt's own way for DuckDB (create under another name, rename twice, drop) takes seven, which
  for some fifty views is a good part of a build.
-#}
{% materialization view, adapter='duckdb' -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set target = this.incorporate(type='view') -%}

  {{ run_hooks(pre_hooks) }}

  {%- if existing is not none and not existing.is_view -%}
    {{ drop_relation_if_exists(existing) }}
  {%- endif -%}

  {% call statement('main') -%}
    {%- if config.get('contract').enforced %}
      {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
    create or replace view {{ target }} as (
      {{ sql }}
    );
  {%- endcall %}

  {% do persist_docs(target, model) %}

  {{ run_hooks(post_hooks) }}

  {{ adapter.commit() }}

  {{ return({'relations': [target]}) }}
{%- endmaterialization %}
