{#-
  A text with the Unicode compatibility forms that occur in titles (full width, ligatures, typographic quotes and
  dashes) as plain letters; other scripts stay as they are.
-#}
{% macro plain_letters(text) -%}
  {%- set plain = namespace(sql="translate(" ~ text
      ~ ", '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ：／．，－＿（）［］＠＃％"
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


{#- A title of plain letters in lower case without accents, reply prefixes, priority tags and superfluous white space. -#}
{% macro folded_title(plain_title) -%}
  {%- set folded = namespace(sql=without_accents(plain_title)) -%}
  {%- for pattern, replacement in fold_rules() -%}
    {%- set folded.sql = replace_matches(folded.sql, pattern, replacement) -%}
  {%- endfor -%}
  {{ trimmed(folded.sql) }}
{%- endmacro %}


{#- Pairs of pattern and replacement that a title goes through before its variable parts are masked. -#}
{% macro fold_rules() -%}
{%- set invisible %}{% raw %}[\x{200B}-\x{200F}\x{2060}\x{FEFF}\x{00AD}]{% endraw %}{% endset -%}
{%- set spaces %}{% raw %}[\s\x{00A0}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+{% endraw %}{% endset -%}
{%- set tags -%}{% raw -%}
[\[(<{] *((p|prio|priority|sev|severity) *[-:#]? *[0-9]|(priority|prio|severity|sev) *[-:]? *(critical|high|medium|moderate|low)|[0-9] *- *(critical|high|moderate|low|planning)|urgent|critical|high|medium|moderate|low|external|extern|ext) *[\])>}]
{%- endraw %}{%- endset -%}
{%- set prefixes -%}{% raw -%}
^(([\s:;,-]*)((re|fw|fwd|aw|antw|wg|sv|vs|vb|tr|rv|rif|res|enc|odp|pd)( *[\[(][0-9]+[\])])? *:|(urgent|important|asap|dringend|wichtig) *!* *: |(p|prio|priority|sev) *[0-9] *[:-] ))+
{%- endraw %}{%- endset -%}
{{ return([(invisible, ''), (spaces, ' '), (tags | trim, ' '), (prefixes | trim, ''), (spaces, ' ')]) }}
{%- endmacro %}


{#-
  The normalised signature of a title: folded, its variable parts masked. A readable template, too, and equal over
  instances. Where folding leaves nothing (a title of tags alone), the title in lower case stands for itself.
-#}
{% macro title_signature(folded, title) -%}
  {%- set signature = namespace(sql=folded) -%}
  {#- Product names end in digits, too, but are no hosts: parted from their release, they keep their name. -#}
  {%- set products -%}{% raw -%}
\b(access|acrobat|android|autocad|base|building|chrome|disk|drive|dynamics|edge|error|excel|exchange|firefox|floor|http|https|ipad|iphone|ipv|java|level|line|macos|microsoft|oauth|office|oracle|outlook|phase|photoshop|port|powerpoint|python|raid|rhel|room|sap|sha|sharepoint|solaris|sql|sqlserver|step|teams|tier|tls|ubuntu|usb|utf|visio|visual|vmware|wifi|win|windows|word)[ _-]?([0-9])
  {%- endraw %}{%- endset -%}
  {%- for line in title_masks().strip().split('\n') -%}
    {%- set placeholder, pattern = line.split(None, 1) -%}
    {%- if placeholder == '<host>' and not signature.products -%}
      {%- set signature.sql = replace_matches(signature.sql, products | trim, '\\1 \\2') -%}
      {%- set signature.products = true -%}
    {%- endif -%}
    {%- set signature.sql = replace_matches(signature.sql, pattern, ('\\1' if '(^|' in pattern else '') ~ placeholder) -%}
  {%- endfor -%}
  coalesce(nullif({{ trimmed(signature.sql) }}, ''), {{ caseless(title) }})
{%- endmacro %}
