{#-
  The table of a model as the last build left it, for models that come before it; none where it is to be built in full.
-#}
{% macro last_built(schema, name) -%}
  {%- if not execute or flags.FULL_REFRESH -%}
    {{ return(none) }}
  {%- endif -%}
  {{ return(load_cached_relation(api.Relation.create(database=target.database, schema=schema, identifier=name))) }}
{%- endmacro %}


{#-
  Incremental strategy: the rows of the keys in the model that `config(rebuilt_keys=...)` names go, and what the query
  gives comes. The key is (instance, sys_id), or `config(key_columns=...)`.
-#}
{% macro get_incremental_rebuilt_keys_sql(arguments) -%}
  {%- set key_columns = config.get('key_columns') or ['instance', 'sys_id'] -%}
  {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
  delete from {{ arguments['target_relation'] }} as built
  where exists (
    select 1
    from {{ ref(config.require('rebuilt_keys')) }} as keys
    where {% for column in key_columns %}keys.{{ column }} = built.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
  );
  insert into {{ arguments['target_relation'] }} ({{ columns }})
  select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}


{#- Whether the (instance, sys_id) of a row is among those of a model. -#}
{% macro is_of_keys(rows, keys) -%}
  exists (
        select 1
        from {{ keys }} as keys
        where keys.instance = {{ rows }}.instance and keys.sys_id = {{ rows }}.sys_id
    )
{%- endmacro %}
