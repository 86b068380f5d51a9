{#-
  Incremental strategy for figures by period and dimension, or by path: the rows of the cells that
  `config(rebuilt_cells=...)` names go, and what the query gives comes. `config(cell=...)` lists the columns of a cell.
-#}
{% macro get_incremental_rebuilt_cells_sql(arguments) -%}
  {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
  delete from {{ arguments['target_relation'] }} as built
  where exists (
    select 1
    from {{ ref(config.require('rebuilt_cells')) }} as cells
    where {{ same_cell('cells', 'built', config.require('cell')) }}
  );
  insert into {{ arguments['target_relation'] }} ({{ columns }})
  select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}


{#- That two rows are of one cell. The period of grain `all` and the value of dimension `all` are NULL. -#}
{% macro same_cell(one, other, columns) -%}
  {%- for column in columns -%}
    {{ one }}.{{ column }}
    {{- ' is not distinct from ' if column in ('period_start', 'dimension_value') else ' = ' -}}
    {{ other }}.{{ column }}
    {{- ' and ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}


{#- For tests: the rows of the cells that were made anew. Where no cells are named, as after a full build, all rows. -#}
{% macro of_cells(rows, cells, columns) -%}
  (
    select looked_at.*
    from {{ rows }} as looked_at
    where exists (select 1 from {{ cells }} as cells where {{ same_cell('cells', 'looked_at', columns) }})
    union all
    select looked_at.*
    from {{ rows }} as looked_at
    where not exists (select 1 from {{ cells }})
  )
{%- endmacro %}


{#-
  What the models of a partial build tell each other goes when the build has ended: rows as they were before it, and
  the cells that those touch. Nothing that retention or an erasure took out may stay there.
-#}
{% macro forget_what_was_before() -%}
  {%- for name in [
      'int_backlog_before', 'int_resolved_to_build', 'int_resolved_before', 'int_resolved_cells',
      'int_backlog_changes', 'int_backlog_cells', 'int_backlog_ages', 'int_paths_before', 'int_paths_to_build',
      'int_titles_to_build', 'int_incident_changes_to_build',
  ] -%}
    {%- set relation = load_cached_relation(
      api.Relation.create(database=target.database, schema='intermediate', identifier=name)
    ) if execute else none -%}
    {%- if relation is not none %}
    delete from {{ relation }};
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}


{#-
  Counts go on from the last build, so that one which was cut off, or made a part of the models, must not be built upon.
  The sync that ends well says so again; after dbt by hand the next one builds in full.
-#}
{% macro forget_that_all_was_built() -%}
  {%- if execute and flags.WHICH in ('build', 'run', 'retry') -%}
    {%- set relation = adapter.get_relation(target.database, 'ticketlake', 'built_models') -%}
    {#- Looking for it began a transaction, which dbt takes back when the hook is done. -#}
    {%- do adapter.commit() -%}
    {%- if relation is not none %}
    delete from {{ relation }};
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
