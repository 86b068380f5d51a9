select
    articles.instance,
    articles.sys_id,
    articles.number,
    articles.title,
    articles.workflow_state,
    bases.title as knowledge_base,
    categories.label as category,
    authors.name as author_name,
    articles.published_on,
    articles.valid_to,
    articles.view_count,
    articles.updated_at
from {{ ref('stg_servicenow__kb_knowledge') }} as articles
left join {{ ref('stg_servicenow__kb_knowledge_base') }} as bases
    on bases.instance = articles.instance and bases.sys_id = articles.knowledge_base_id
left join {{ ref('stg_servicenow__kb_category') }} as categories
    on categories.instance = articles.instance and categories.sys_id = articles.category_id
left join {{ ref('int_users') }} as authors
    on authors.instance = articles.instance and authors.sys_id = articles.author_id
