{#-
  Rows whose (instance, column) is not an (instance, sys_id) of another model. With `built_keys`, only those of the keys
  that this build made: for a table that keeps the other rows, and whose keys to make have all that the other lost.
-#}
{% test refers_to(model, column, model_key, built_keys=none) -%}
select child.{{ column }}
from {{ model }} as child
{%- if built_keys %}
inner join {{ built_keys }} as keys on keys.instance = child.instance and keys.sys_id = child.sys_id
{%- endif %}
left join {{ model_key }} as parent on parent.instance = child.instance and parent.sys_id = child.{{ column }}
where child.{{ column }} is not null and parent.sys_id is null
{%- endtest %}
