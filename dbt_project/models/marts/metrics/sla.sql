{% call resolved_metric() %}
    {{ count_where('made_sla') }} as made_sla_count,
    {{ share_where('made_sla') }} as made_sla_share,
    cast(sum(task_sla_count) as bigint) as task_sla_count,
    {{ ratio('sum(task_sla_met_count)', 'nullif(sum(task_sla_count), 0)') }} as task_sla_met_share
{% endcall %}
