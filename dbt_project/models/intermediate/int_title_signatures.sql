select
    masks.title,
    groups.template as signature,
    groups.recurring_key
from {{ ref('int_title_masks') }} as masks
inner join {{ ref('int_title_groups') }} as groups on groups.signature = masks.signature
