-- The configuration item that a title names, for the titles of tickets that say in no field what they are about. Where a
-- title names several, the longest name tells most; then the one that comes first. A name that several items bear
-- points to none of them.
with names as (
    select
        instance,
        {{ plain_words('name') }} as words,
        min(sys_id) as ci_id
    from {{ ref('stg_servicenow__cmdb_ci') }}
    where name is not null
    group by instance, {{ plain_words('name') }}
    having count(*) = 1
),

-- Names of one or two characters, or of digits alone, are in titles by chance.
telling_names as (
    select
        *,
        split_part(words, ' ', 1) as first_word
    from names
    where length(words) >= 3 and {{ replace_matches('words', '[0-9 _-]', '') }} <> ''
),

titles as (
    select distinct
        instance,
        short_description as title,
        {{ plain_words('short_description') }} as words
    from {{ ref('int_incidents') }}
    where {{ filled('short_description') }} is not null
        and {{ filled('cmdb_ci_id') }} is null
        and {{ filled('service_id') }} is null
),

title_words as (
    select distinct instance, title, words, word
    from (
        select
            instance,
            title,
            words,
            {{ each_word('words') }} as word
        from titles
    ) as split
),

named as (
    select
        title_words.instance,
        title_words.title,
        telling_names.ci_id,
        row_number() over (
            partition by title_words.instance, title_words.title
            order by
                length(telling_names.words) desc,
                position(concat(' ', telling_names.words, ' ') in concat(' ', title_words.words, ' ')),
                telling_names.ci_id
        ) as place
    from title_words
    inner join telling_names
        on telling_names.instance = title_words.instance
        and telling_names.first_word = title_words.word
        and position(concat(' ', telling_names.words, ' ') in concat(' ', title_words.words, ' ')) > 0
)

select instance, title, ci_id
from named
where place = 1
