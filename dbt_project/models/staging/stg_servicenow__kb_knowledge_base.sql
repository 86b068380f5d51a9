select
    instance,
    sys_id,
    title
from {{ source('raw_servicenow', 'kb_knowledge_base') }}
