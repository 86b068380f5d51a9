{% call resolved_metric() %}
    {{ count_where('is_noise') }} as noise_count,
    {{ share_where('is_noise') }} as noise_share,
    {{ count_where('is_noise and ' ~ filled('close_code') ~ ' is not null') }} as noise_by_code_count,
    {{ count_where('is_noise and ' ~ filled('close_code') ~ ' is null') }} as noise_untouched_count
{% endcall %}
