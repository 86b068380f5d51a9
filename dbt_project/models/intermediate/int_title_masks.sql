{{ config(materialized="table") }}

with titles as (
    select
        short_description as title,
        min(opened_at) as first_opened_at
    from {{ ref('stg_servicenow__incident') }}
    where {{ filled('short_description') }} is not null
    group by short_description
),

plain as (
    select
        title,
        first_opened_at,
        {{ plain_letters('title') }} as plain_title
    from titles
),

folded as (
    select
        title,
        first_opened_at,
        {{ folded_title('plain_title') }} as folded_title
    from plain
),

masked as (
    select
        title,
        first_opened_at,
        {{ title_signature('folded_title', 'title') }} as signature
    from folded
)

select
    title,
    first_opened_at,
    signature,
    {{ text_hash('signature') }} as signature_key
from masked
