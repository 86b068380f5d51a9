{#- A text without white space around it. -#}
{% macro trimmed(expression) -%}
  {{ adapter.dispatch('trimmed')(expression) }}
{%- endmacro %}

{% macro default__trimmed(expression) -%}
  trim({{ expression }}, concat(' ', chr(9), chr(10), chr(13)))
{%- endmacro %}

{% macro spark__trimmed(expression) -%}
  trim(both concat(' ', chr(9), chr(10), chr(13)) from {{ expression }})
{%- endmacro %}


{#- A text as it is, NULL where it is empty or white space alone. -#}
{% macro filled(expression) -%}
  {{ adapter.dispatch('filled')(expression) }}
{%- endmacro %}

{% macro default__filled(expression) -%}
  case when {{ trimmed(expression) }} <> '' then {{ expression }} end
{%- endmacro %}

{#- What begins with a visible character need not be trimmed, which takes longer than most of what it is asked for. -#}
{% macro duckdb__filled(expression) -%}
  case when {{ expression }} >= '!' or {{ trimmed(expression) }} <> '' then {{ expression }} end
{%- endmacro %}


{#- What equal texts have in common whatever their case and the white space around them. -#}
{% macro caseless(expression) -%}
  lower({{ trimmed(expression) }})
{%- endmacro %}


{#- Every match of a regular expression replaced. Patterns keep to what RE2, Java and PostgreSQL share, plus `\b`. -#}
{% macro replace_matches(expression, pattern, replacement) -%}
  {{ adapter.dispatch('replace_matches')(expression, pattern | replace("'", "\\x27"), replacement) }}
{%- endmacro %}

{% macro default__replace_matches(expression, pattern, replacement) -%}
  regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{% macro duckdb__replace_matches(expression, pattern, replacement) -%}
  regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__replace_matches(expression, pattern, replacement) -%}
  regexp_replace({{ expression }}, r'{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{% macro postgres__replace_matches(expression, pattern, replacement) -%}
  regexp_replace({{ expression }}, '{{ pattern | replace("\\b", "\\y") }}', '{{ replacement }}', 'g')
{%- endmacro %}


{#-
  A text in lower case, whichever Unicode form it came in, and without accents where its script knows them as an
  addition to a letter: in others (kana, Devanagari, Thai ...) marks make another letter and stay.
-#}
{% macro without_accents(expression) -%}
  {{ adapter.dispatch('without_accents')(expression) }}
{%- endmacro %}

{% macro default__without_accents(expression) -%}
  lower(unaccent({{ expression }}))
{%- endmacro %}

{% macro duckdb__without_accents(expression) -%}
  {%- set other_scripts -%}{% raw %}[^\p{Latin}\p{Greek}\p{Cyrillic}\p{Common}\p{Inherited}]{% endraw %}{%- endset -%}
  lower(case
    when regexp_matches({{ expression }}, '{{ other_scripts }}') then nfc_normalize({{ expression }})
    else strip_accents({{ expression }})
  end)
{%- endmacro %}

{#- Spark has neither: marks that stand by themselves go, then those of the letters of Latin scripts. -#}
{% macro spark__without_accents(expression) -%}
  translate(
    regexp_replace(lower({{ expression }}), r'[\x{300}-\x{36f}]', ''),
    'àáâãäåçèéêëìíîïñòóôõöùúûüýÿāăąćĉċčďēĕėęěĝğġģĥĩīĭįĵķĺļľńņňōŏőŕŗřśŝşšţťũūŭůűųŵŷźżž',
    'aaaaaaceeeeiiiinooooouuuuyyaaaccccdeeeeegggghiiiijklllnnnooorrrssssttuuuuuuwyzzz'
  )
{%- endmacro %}


{#- A short stable hash of a text: 32 hexadecimal digits. -#}
{% macro text_hash(expression) -%}
  md5({{ expression }})
{%- endmacro %}


{#- A column of a select that makes one row of each word of a text whose words are parted by single spaces. -#}
{% macro each_word(expression) -%}
  {{ adapter.dispatch('each_word')(expression) }}
{%- endmacro %}

{% macro default__each_word(expression) -%}
  unnest(string_to_array({{ expression }}, ' '))
{%- endmacro %}

{% macro spark__each_word(expression) -%}
  explode(split({{ expression }}, ' '))
{%- endmacro %}
