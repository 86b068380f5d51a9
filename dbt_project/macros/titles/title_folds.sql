{#-
  What a title of plain letters loses before its variable parts are masked: invisible characters, superfluous white
  space, priority tags wherever they stand, reply prefixes and marks of urgency at its start.
-#}
{% macro title_folds() -%}
{%- set lines %}{% raw %}
''  [\x{200B}-\x{200F}\x{2060}\x{FEFF}\x{00AD}]
_   [\s\x{00A0}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+
_   [\[(<{] *(%priority% *[-:#]? *([0-9]|%level%)|[0-9] *- *%level%|%tag%) *[\])>}]
''  ^([\s:;,-]*(%reply%( *[\[(][0-9]+[\])])? *:|%urgency% *!* *: |%priority% *[0-9] *[:-] ))+
_   [\s]+
{% endraw %}{% endset -%}
{{ return(title_rules(lines)) }}
{%- endmacro %}
