select
    instance,
    sys_id,
    number,
    short_description as title,
    workflow_state,
    kb_knowledge_base as knowledge_base_id,
    kb_category as category_id,
    author as author_id,
    {{ as_type('published', 'date') }} as published_on,
    {{ as_type('valid_to', 'date') }} as valid_to,
    {{ as_type('sys_view_count', 'integer') }} as view_count,
    {{ as_type('sys_updated_on', 'timestamp') }} as updated_at
from {{ source('raw_servicenow', 'kb_knowledge') }}
