{% call resolved_metric() %}
    {{ count_where('reopen_count > 0') }} as reopened_count,
    {{ share_where('reopen_count > 0') }} as reopen_rate
{% endcall %}
