select instance, grain, period_start, dimension, dimension_value
from {{ ref('noise') }}
where noise_by_code_count + noise_untouched_count <> noise_count
