{#- Word lists that the title patterns name as `%list%`. -#}
{% macro title_words() -%}
{{ return({
  'reply': 're fw fwd aw antw wg sv vs vb tr rv rif res enc odp pd',
  'urgency': 'urgent important asap dringend wichtig',
  'priority': 'p prio priority sev severity',
  'level': 'critical high medium moderate low planning',
  'tag': 'urgent critical high medium moderate low external extern ext',
  'month': 'jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august'
    ~ ' september october november december',
  'ticket': 'inc incident ritm req chg change prb problem task sctask ctask ptask kb cs case ticket rfc call ims hd'
    ~ ' sr cr',
  'domain': 'com net org edu gov info biz io cloud local localdomain lan corp internal intern intra intranet domain'
    ~ ' localhost example test ch cz de dk es eu fi fr ie nl pl pt ro se uk ca mx br au nz cn jp kr sg za',
  'wordlike_domain': 'at be in it no us',
  'root': 'bin boot data dev etc home lib media mnt opt proc root run sbin srv tmp usr var',
  'numbered': 'access acrobat android autocad base building chrome disk drive dynamics edge error excel exchange'
    ~ ' firefox floor http https ios ipad iphone ipv java level line macos microsoft oauth office oracle outlook phase'
    ~ ' photoshop port powerpoint python raid rhel room sap sha sharepoint solaris sql sqlserver step team teams tier'
    ~ ' tls transaction ubuntu usb utf visio visual vmware wifi win windows word',
}) }}
{%- endmacro %}


{#- The rules of a list, one a line: a replacement (`''` for none, `_` for a space) and a pattern. -#}
{% macro title_rules(lines) -%}
  {%- set rules = [] -%}
  {%- for line in lines.strip().split('\n') -%}
    {%- set parts = line.split(None, 1) -%}
    {%- set pattern = namespace(text=parts[1]) -%}
    {%- for name, words in title_words().items() -%}
      {%- set pattern.text = pattern.text | replace('%' ~ name ~ '%', '(' ~ words.split() | join('|') ~ ')') -%}
    {%- endfor -%}
    {%- do rules.append((parts[0] | replace("''", '') | replace('_', ' '), pattern.text)) -%}
  {%- endfor -%}
  {{ return(rules) }}
{%- endmacro %}


{#- An expression with rules applied to it in their order. -#}
{% macro apply_title_rules(expression, rules) -%}
  {%- set applied = namespace(sql=expression) -%}
  {%- for replacement, pattern in rules -%}
    {%- set applied.sql = replace_matches(applied.sql, pattern, replacement) -%}
  {%- endfor -%}
  {{ applied.sql }}
{%- endmacro %}
