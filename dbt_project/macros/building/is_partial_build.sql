{#-
  For tests: whether they are part of a build that makes what changed, after one that tested all. By themselves, tests
  look at everything.
-#}
{% macro is_partial_build() -%}
  {{ return(flags.WHICH == 'build' and not flags.FULL_REFRESH) }}
{%- endmacro %}
