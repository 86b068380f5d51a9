{#-
  A text as words in lower case, parted by single spaces. Hyphens and underscores stay, since names of machines have
  them; all other punctuation parts words, so that `srv-01.corp.example:/var` begins with `srv-01`.
-#}
{% macro plain_words(text) -%}
  {%- set separators -%}{% raw %}[\s.,:;/\\|()\[\]{}<>"'!?=@#%&*+~`^$]+{% endraw %}{%- endset -%}
  {{ trimmed(replace_matches('lower(' ~ text ~ ')', separators, ' ')) }}
{%- endmacro %}
