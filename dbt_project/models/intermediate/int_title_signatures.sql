{{ config(materialized="table") }}

with titles as (
    select distinct short_description as title
    from {{ ref('stg_servicenow__incident') }}
    where {{ filled('short_description') }} is not null
),

plain as (
    select
        title,
        {{ plain_letters('title') }} as plain_title
    from titles
),

folded as (
    select
        title,
        {{ folded_title('plain_title') }} as folded_title
    from plain
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
