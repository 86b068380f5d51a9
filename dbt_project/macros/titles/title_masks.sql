{#-
  What varies between the titles of one recurring problem, in the order in which it is masked. Titles arrive folded
  (lower case, no accents, single spaces). Order matters: what contains other things comes first (an e-mail address
  contains a host, a date contains numbers), and `<number>` comes last, so that no digit survives in a signature.

  Words that often carry a number (products and their releases, floors, errors) are parted from it before hosts are
  masked: `office365` is no host.
-#}
{% macro title_masks() -%}
{%- set lines %}{% raw %}
<email>   [a-z0-9._%+'-]+@[a-z0-9-]+(\.[a-z0-9-]+)*
<url>     \b[a-z][a-z0-9+.-]*://[^\s"'<>]+
<guid>    \{?\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b\}?
<path>    \b[a-z]:\\([^\\/:*?"<>|\s]+( [^\\/:*?"<>|\s]+)*\\)*[^\\/:*?"<>|\s]*
<path>    \\\\[^\\\s"'<>|]+(\\[^\\\s"'<>|]*)+
\1<path>  (^|[\s"'(\[=:,])((~|\.{1,2})?/[a-z0-9_.@%+~*-]+(/[a-z0-9_.@%+~*-]*)+|~?/%root%\b)
<mac>     \b[0-9a-f]{2}([:-][0-9a-f]{2}){5}\b
<ip>      \b([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b(%[a-z0-9]+)?(/[0-9]{1,3})?
<ip>      \b([0-9a-f]{1,4}:){1,6}(:[0-9a-f]{1,4}){1,6}\b(%[a-z0-9]+)?(/[0-9]{1,3})?
<ip>      \b([0-9a-f]{1,4}:){1,7}:(/[0-9]{1,3})?
<ip>      ::(ffff:)?([0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4}\b(/[0-9]{1,3})?
<ip>      \b[0-9]{1,3}(\.[0-9]{1,3}){3}(:[0-9]{1,5}\b)?(/[0-9]{1,2}\b)?
<date>    \b[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}([t ]%clock%( ?(z|utc|gmt|[+-][0-9]{2}:?[0-9]{2})\b)?)?
<date>    \b[0-9]{1,2}[-./][0-9]{1,2}[-./]([0-9]{4}|[0-9]{2})\b
<date>    \b[0-9]{1,2}(st|nd|rd|th|\.)?[ -]%month%\b([ ,-]+[0-9]{4}\b)?
<date>    \b%month%[ -][0-9]{1,2}(st|nd|rd|th)?\b([ ,-]+[0-9]{4}\b)?
<time>    \b%clock%( ?[ap]m\b)?
<time>    \b[0-9]{1,2} ?[ap]m\b
<ticket>  \b%ticket%[ _-]?(#|no\.?|nr\.?)?[ ]?[0-9]{4,}\b
<hex>     \b0x[0-9a-f]+\b
<number>  \b[0-9]{8,}\b
<hex>     \b[0-9a-f]{8,}\b
<host>    \b[a-z0-9_-]+(\.[a-z0-9-]+)+\.%wordlike_domain%\b
<host>    \b[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.%domain%\b
\1_\2     \b%numbered%[ _-]?([0-9])
<host>    \b[a-z_]([a-z0-9_-]*[0-9][a-z0-9_-]*[a-z0-9]|[a-z0-9_-]{2,}[0-9])\b
<number>  [0-9]+([.,:][0-9]+)*
{% endraw %}{% endset -%}
{{ return(title_rules(lines | replace('%clock%', '[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?'))) }}
{%- endmacro %}
