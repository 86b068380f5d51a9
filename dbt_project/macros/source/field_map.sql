{#-
  A standard field of `incident` from the column in which each instance keeps it (var `field_map`), NULL where the
  value does not fit the type or no instance has such a column: a wrong map of one instance, which its sync refuses,
  stops no other. `otherwise` is the expression for instances without an entry; by default the column
  of the field's own name.
-#}
{% macro mapped(field, type='varchar', otherwise=none) -%}
  {%- set own = otherwise or field -%}
  {%- set columns = {} -%}
  {%- for instance, fields in var('field_map').items() if field in fields -%}
    {%- do columns.update({instance: fields[field]}) -%}
  {%- endfor -%}
  {%- if not columns -%}
    {{ as_type(own, type) }}
  {%- else -%}
    case instance
    {%- for instance, column in columns.items() %}
      {%- set value = '"' ~ column ~ '"' if incident_has(column) else 'null' %}
      when '{{ instance | replace("'", "''") }}' then {{ as_type(value, type) }}
    {%- endfor %}
      else {{ as_type(own, type) }}
    end
  {%- endif -%}
{%- endmacro %}


{#-
  The name of the column in which each instance keeps a standard field, as text: its choices and its changes go by that
  name. `instance` is the expression of the instance.
-#}
{% macro source_column(field, instance='instance') -%}
  {%- set columns = {} -%}
  {%- for instance, fields in var('field_map').items() if field in fields -%}
    {%- do columns.update({instance: fields[field]}) -%}
  {%- endfor -%}
  {%- if not columns -%}
    '{{ field }}'
  {%- else -%}
    case {{ instance }}
    {%- for instance, column in columns.items() %}
      when '{{ instance | replace("'", "''") }}' then '{{ column }}'
    {%- endfor %}
      else '{{ field }}'
    end
  {%- endif -%}
{%- endmacro %}
