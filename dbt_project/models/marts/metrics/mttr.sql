{% call resolved_metric() %}
    {{ minutes(exact_mean('resolve_seconds')) }} as mttr_minutes,
    {{ quantile('resolve_minutes', 0.5) }} as median_minutes,
    {{ quantile('resolve_minutes', 0.9) }} as p90_minutes,
    {{ minutes(exact_mean('business_seconds')) }} as business_mttr_minutes
{% endcall %}
