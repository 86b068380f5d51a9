{#- Rows whose (instance, column) is not an (instance, sys_id) of another model. -#}
{% test refers_to(model, column, model_key) -%}
select {{ column }}
from {{ model }} as child
where {{ column }} is not null
    and not exists (
        select 1
        from {{ model_key }} as parent
        where parent.instance = child.instance and parent.sys_id = child.{{ column }}
    )
{%- endtest %}
