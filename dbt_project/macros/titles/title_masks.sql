{#-
  What varies between the titles of one recurring problem, in the order in which it is masked: one rule a line, the
  placeholder and its pattern. Titles arrive folded (lower case, no accents, single spaces). Order matters: what
  contains other things comes first (an e-mail address contains a host, a date contains numbers), and `<number>` comes
  last, so that no digit survives in a signature.
-#}
{% macro title_masks() -%}
{%- set rules %}{% raw %}
<email>    [a-z0-9._%+'-]+@[a-z0-9-]+(\.[a-z0-9-]+)*
<url>      \b[a-z][a-z0-9+.-]*://[^\s"'<>]+
<guid>     \{?\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b\}?
<path>     \b[a-z]:\\([^\\/:*?"<>|\s]+( [^\\/:*?"<>|\s]+)*\\)*[^\\/:*?"<>|\s]*
<path>     \\\\[^\\\s"'<>|]+(\\[^\\\s"'<>|]*)+
<path>     (^|[\s"'(\[=:,])((~|\.{1,2})?/[a-z0-9_.@%+~*-]+(/[a-z0-9_.@%+~*-]*)+|~?/(bin|boot|data|dev|etc|home|lib|media|mnt|opt|proc|root|run|sbin|srv|tmp|usr|var)\b)
<mac>      \b[0-9a-f]{2}([:-][0-9a-f]{2}){5}\b
<ip>       \b([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b(%[a-z0-9]+)?(/[0-9]{1,3})?
<ip>       \b([0-9a-f]{1,4}:){1,6}(:[0-9a-f]{1,4}){1,6}\b(%[a-z0-9]+)?(/[0-9]{1,3})?
<ip>       \b([0-9a-f]{1,4}:){1,7}:(/[0-9]{1,3})?
<ip>       ::(ffff:)?([0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4}\b(/[0-9]{1,3})?
<ip>       \b[0-9]{1,3}(\.[0-9]{1,3}){3}(:[0-9]{1,5}\b)?(/[0-9]{1,2}\b)?
<date>     \b[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}([t ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?(z|utc|gmt|[+-][0-9]{2}:?[0-9]{2})\b)?)?
<date>     \b[0-9]{1,2}[-./][0-9]{1,2}[-./]([0-9]{4}|[0-9]{2})\b
<date>     \b[0-9]{1,2}(st|nd|rd|th|\.)?[ -](jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|december)\b([ ,-]+[0-9]{4}\b)?
<date>     \b(jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|december)\b[ -][0-9]{1,2}(st|nd|rd|th)?\b([ ,-]+[0-9]{4}\b)?
<time>     \b[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?[ap]m\b)?
<time>     \b[0-9]{1,2} ?[ap]m\b
<ticket>   \b(inc|incident|ritm|req|chg|change|prb|problem|task|sctask|ctask|ptask|kb|cs|case|ticket|rfc|call|ims|hd|sr|cr)[ _-]?(#|no\.?|nr\.?)?[ ]?[0-9]{4,}\b
<hex>      \b0x[0-9a-f]+\b
<number>   \b[0-9]{8,}\b
<hex>      \b[0-9a-f]{8,}\b
<host>     \b[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.(com|net|org|edu|gov|info|biz|io|cloud|local|localdomain|lan|corp|internal|intern|intra|intranet|domain|localhost|example|test|at|be|ch|cz|de|dk|es|eu|fi|fr|ie|it|nl|no|pl|pt|ro|se|uk|us|ca|mx|br|au|nz|cn|in|jp|kr|sg|za)\b
<host>     \b[a-z_]([a-z0-9_-]*[0-9][a-z0-9_-]*[a-z0-9]|[a-z0-9_-]{2,}[0-9])\b
<number>   [0-9]+([.,:][0-9]+)*
{% endraw %}{% endset -%}
{{ return(rules) }}
{%- endmacro %}
