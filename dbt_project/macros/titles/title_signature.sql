{#-
  A text with the Unicode compatibility forms that occur in titles (full width, ligatures, typographic quotes and
  dashes) as plain letters; other scripts stay as they are.
-#}
{% macro plain_letters(text) -%}
  {%- set plain = namespace(sql="translate(" ~ text
      ~ ", '０１２３４５６７８９"
      ~ "ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ：／．，－＿（）［］＠＃％"
      ~ "‘’‚‛“”„«»‐‑‒–—−"
      ~ "', '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:/.,-_()[]@#%"
      ~ "''''''''\"\"\"\"\"------')") -%}
  {%- for ligature, letters in {
      'ß': 'ss', 'ẞ': 'ss', 'æ': 'ae', 'Æ': 'ae', 'œ': 'oe', 'Œ': 'oe', 'ø': 'o', 'Ø': 'o', 'đ': 'd', 'Đ': 'd',
      'ı': 'i', 'ﬀ': 'ff', 'ﬁ': 'fi', 'ﬂ': 'fl', 'ﬃ': 'ffi', 'ﬄ': 'ffl', '…': '...'
  }.items() -%}
    {%- set plain.sql = "replace(" ~ plain.sql ~ ", '" ~ ligature ~ "', '" ~ letters ~ "')" -%}
  {%- endfor -%}
  {{ plain.sql }}
{%- endmacro %}


{#- A title of plain letters in lower case, without accents, reply prefixes, priority tags and needless white space. -#}
{% macro folded_title(plain_title) -%}
  {{ trimmed(apply_title_rules(without_accents(plain_title), title_folds())) }}
{%- endmacro %}


{#-
  The normalised signature of a folded title: its variable parts masked. A readable template, too, and equal over
  instances. Where folding leaves nothing (a title of tags alone), the title in lower case stands for itself.
-#}
{% macro title_signature(folded_title, title) -%}
  coalesce(nullif({{ trimmed(apply_title_rules(folded_title, title_masks())) }}, ''), {{ caseless(title) }})
{%- endmacro %}
