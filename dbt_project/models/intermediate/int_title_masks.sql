{{
    config(
        materialized='incremental',
        incremental_strategy='rebuilt_keys',
        rebuilt_keys='int_titles_to_build',
        key_columns=['title'],
        on_schema_change='fail',
    )
}}

-- depends_on: {{ ref('int_titles_to_build') }}

with plain as (
    select
        title,
        first_opened_at,
        {{ plain_letters('title') }} as plain_title
    from {{ ref('int_titles') }}
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
