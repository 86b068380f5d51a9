{% call resolved_metric() %}
    {{ exact_mean('reassignment_count') }} as mean_reassignments,
    {{ quantile('reassignment_count', 0.9) }} as p90_reassignments,
    {{ share_where('reassignment_count = 0') }} as zero_share,
    {{ share_where('reassignment_count >= 3') }} as three_plus_share
{% endcall %}
