{{ config(materialized="table") }}

with titles as (
    select distinct short_description as title
    from {{ ref('stg_servicenow__incident') }}
    where {{ filled('short_description') }} is not null
),

folded as (
    select
        title,
        {{ folded_title('title') }} as folded_title
    from titles
),

masked as (
    select
        title,
        {{ title_signature('folded_title', 'title') }} as signature
    from folded
)

select
    title,
    signature,
    {{ text_hash('signature') }} as recurring_key
from masked
