{{ config(materialized='table') }}

{%- set built, masks = last_built('sdm', 'itsm'), last_built('intermediate', 'int_title_masks') -%}

-- depends_on: {{ ref('int_incidents_to_build') }}, {{ ref('int_incidents') }}
{%- if masks is none or built is none %}

select distinct short_description as title
from {{ ref('stg_servicenow__incident') }}
where short_description is not null
{%- if masks is not none %}
union
select title from {{ masks }}
{%- endif %}
{%- else %}

-- What the incidents to build were called when they were built last, and what they are called now.
select built.short_description as title
from {{ built }} as built
inner join {{ ref('int_incidents_to_build') }} as to_build
    on to_build.instance = built.instance and to_build.sys_id = built.sys_id
where built.short_description is not null
union
select short_description as title
from {{ ref('int_incidents') }}
where short_description is not null
{%- endif %}
