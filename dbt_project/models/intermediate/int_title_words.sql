-- The words of every signature. A word weighs the more the fewer signatures have it; whole numbers, so that sums of
-- weights do not depend on the order of the rows.
with signatures as (
    select
        recurring_key,
        {{ plain_words('min(signature)') }} as words
    from {{ ref('int_title_signatures') }}
    group by recurring_key
),

words as (
    select distinct recurring_key, word
    from (
        select
            recurring_key,
            {{ each_word('words') }} as word
        from signatures
    ) as split
    where word <> ''
),

counted as (
    select word, count(*) as signature_count
    from words
    group by word
),

total as (
    select count(*) as signature_count from signatures
)

select
    words.recurring_key,
    words.word,
    counted.signature_count,
    cast(
        round(1000 * ln(1 + {{ ratio('total.signature_count', 'counted.signature_count') }})) as bigint
    ) as weight
from words
inner join counted on counted.word = words.word
cross join total
