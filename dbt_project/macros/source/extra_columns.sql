{#-
  Extra columns: columns of incident beyond the standard ones that an instance wants in `sdm.itsm` (var
  `extra_columns`, {instance: [source names]}), as `x_<name>`. What each is like is looked up in the warehouse while a
  model is compiled, as its type and whether it has labels are the source's to say.
-#}

{#- The source names of the extra columns of all instances, each once, sorted. -#}
{% macro extra_columns() -%}
  {%- set names = [] -%}
  {%- for columns in var('extra_columns').values() -%}
    {%- for name in columns if name not in names -%}
      {%- do names.append(name) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(names | sort) }}
{%- endmacro %}


{#- The instances that want an extra column, sorted. -#}
{% macro instances_with(name) -%}
  {%- set instances = [] -%}
  {%- for instance, columns in var('extra_columns').items() if name in columns -%}
    {%- do instances.append(instance) -%}
  {%- endfor -%}
  {{ return(instances | sort) }}
{%- endmacro %}


{#- A list of SQL text literals, parted by commas. -#}
{% macro text_literals(values) -%}
  {%- for value in values -%}
    '{{ value | replace("'", "''") }}'{{ ', ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}


{#-
  What the dictionaries of the instances that want it say of each extra column, by name: `title` (the first instance's
  label), `is_reference`, `is_duration`, and `is_labelled` (a reference, or choices are known). Before anything runs all
  is as for a plain column.
-#}
{% macro extra_column_traits() -%}
  {%- set traits = {} -%}
  {%- for name in extra_columns() -%}
    {%- do traits.update({name: {'title': name, 'is_reference': false, 'is_duration': false, 'is_labelled': false}}) -%}
  {%- endfor -%}
  {%- if traits -%}
    {#- Named before anything else: this is how dbt learns of the dependence. -#}
    {%- set columns, choices = ref('stg_servicenow__sys_dictionary'), ref('stg_servicenow__sys_choice') -%}
    {%- if execute -%}
      {%- set found = run_query(extra_column_traits_query(columns, choices)) -%}
      {%- for row in found.rows -%}
        {%- do traits[row[0]].update({
          'title': row[1] or row[0],
          'is_reference': row[2] > 0,
          'is_duration': row[3] > 0,
          'is_labelled': row[2] + row[4] > 0,
        }) -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endif -%}
  {{ return(traits) }}
{%- endmacro %}

{% macro extra_column_traits_query(columns, choices) -%}
  select
    fields.element,
    min(fields.column_label) as title,
    {{ count_where("fields.column_type = 'reference'") }} as references_found,
    {{ count_where("fields.column_type in ('glide_duration', 'timer')") }} as durations_found,
    {{ count_where("fields.choice > 0 or with_choices.element is not null") }} as choices_found
  from {{ columns }} as fields
  left join (
    select distinct instance, element
    from {{ choices }}
    where table_name in ('incident', 'task')
  ) as with_choices
    on with_choices.instance = fields.instance and with_choices.element = fields.element
  where fields.table_name in ('incident', 'task')
    and (
    {%- for name in extra_columns() %}
      (fields.element = '{{ name }}' and fields.instance in ({{ text_literals(instances_with(name)) }}))
      {{- ' or' if not loop.last }}
    {%- endfor %}
    )
  group by fields.element
{%- endmacro %}


{#-
  The select list of the extra columns, one `, <value> as x_<name>` each: as stored, durations in minutes, NULL for
  instances that do not want them.
-#}
{% macro extra_values() -%}
  {%- for name, trait in extra_column_traits().items() -%}
    {%- set column = '"' ~ name ~ '"' -%}
    {%- if not incident_has(name) -%}
      {%- set value = 'cast(null as varchar)' -%}
    {%- elif trait.is_duration -%}
      {%- set value = minutes(as_seconds(column)) -%}
    {%- else -%}
      {%- set value = column -%}
    {%- endif %},
    case when instance in ({{ text_literals(instances_with(name)) }}) then {{ value }} end as x_{{ name }}
  {%- endfor -%}
{%- endmacro %}


{#-
  Whether the raw table of incidents has a column. A table that does not exist yet, or a unit test's in its place, has
  whatever it is asked for.
-#}
{% macro incident_has(column) -%}
  {%- set incident = source('raw_servicenow', 'incident') -%}
  {%- set names = adapter.get_columns_in_relation(incident) | map(attribute='name') | list if execute else [] -%}
  {{ return(not names or column in names) }}
{%- endmacro %}


{#- The names that the extra columns have in `sdm.itsm`, by source name: the value, and the label where it has one. -#}
{% macro extra_column_names() -%}
  {%- set found = {} -%}
  {%- for name, trait in extra_column_traits().items() -%}
    {%- do found.update({name: ['x_' ~ name] + (['x_' ~ name ~ '_label'] if trait.is_labelled else [])}) -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}


{#-
  Adds the extra columns to the contract of the model that is being built, with types as `int_incident_extras` has them
  and a description each. A hook before the model: its SQL is nothing.
-#}
{% macro extend_contract_by_extra_columns() -%}
  {%- set traits = extra_column_traits() -%}
  {%- if traits and execute -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(ref('int_incident_extras')) -%}
      {%- do types.update({column.name: column.dtype}) -%}
    {%- endfor -%}
    {%- for source_name, names in extra_column_names().items() -%}
      {%- set trait = traits[source_name] -%}
      {%- for name in names -%}
        {%- do model['columns'].update({name: {
          'name': name,
          'data_type': types[name],
          'description': extra_column_description(source_name, trait, is_label=not loop.first),
          'constraints': [],
          'quote': none,
          'meta': {},
          'tags': [],
        }}) -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro extra_column_description(name, trait, is_label) -%}
  {%- set instances = instances_with(name) | join(', ') -%}
  {%- if is_label and trait.is_reference -%}
    Name of the row that x_{{ name }} refers to; NULL where that row is not known, the sys_id itself where no row of its table is.
  {%- elif is_label -%}
    Label of x_{{ name }}; the code itself where sys_choice has no row.
  {%- else -%}
    {{ trait.title }} (incident.{{ name }}){{ ', in minutes' if trait.is_duration }}
    {{- ': sys_id of the row it refers to' if trait.is_reference }}. An extra column of {{ instances }}; NULL for other instances.
  {%- endif -%}
{%- endmacro %}


{#-
  The dimensions that the extra columns of `sdm.itsm` make, with the expression of each: references by name, others as
  stored. Times, durations, decimals and columns of more than `extra_dimension_values` values make none.
-#}
{% macro extra_dimensions() -%}
  {%- set found = {} -%}
  {%- set traits = extra_column_traits() -%}
  {%- if traits -%}
    {%- set itsm = ref('itsm') -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(itsm) if execute -%}
      {%- do types.update({column.name: column.dtype}) -%}
    {%- endfor -%}
    {%- for name, trait in traits.items() if types.get('x_' ~ name, '') | upper in ('VARCHAR', 'BIGINT', 'INTEGER', 'BOOLEAN') -%}
      {%- set distinct_values = run_query('select count(distinct x_' ~ name ~ ') from ' ~ itsm).rows[0][0] -%}
      {%- if distinct_values <= var('extra_dimension_values') -%}
        {%- set shown = 'x_' ~ name ~ '_label' if trait.is_reference else 'x_' ~ name -%}
        {%- do found.update({'x_' ~ name: 'cast(' ~ shown ~ ' as varchar)'}) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(found) }}
{%- endmacro %}
