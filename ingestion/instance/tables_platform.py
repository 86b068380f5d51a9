"""People, places, knowledge, audit and the platform's own tables (Table API reference, section 5.3).

Notation: see `tables_task`. `insert_only` tables lack sys_updated_on, sys_updated_by and sys_mod_count.
"""

PLATFORM_TABLES = """
sys_user | User | audited display=name
  user_name name:string(151) first_name:string(50) middle_name:string(50) last_name:string(50)
  email:email title:string(60) employee_number phone:ph_number mobile_phone:ph_number
  home_phone:ph_number active:boolean locked_out:boolean vip:boolean web_service_access_only:boolean
  internal_integration_user:boolean failed_attempts:integer last_login:glide_date
  last_login_time:glide_date_time last_login_device:string(100) time_zone date_format time_format
  preferred_language notification:integer source:string(255) roles:user_roles gender photo:user_image
  avatar:user_image introduction:string(40) city state street:string(255) zip country
  manager>sys_user department>cmn_department company>core_company location>cmn_location
  building>cmn_building cost_center>cmn_cost_center schedule>cmn_schedule ldap_server>ldap_server_config
  user_password:password2 password_needs_reset:boolean u_voicemail_pin:password
  sys_domain:domain_id sys_domain_path:domain_path

sys_user_group | Group | audited display=name
  name:string(80) description:string(1000) email:email active:boolean type>>sys_user_group_type
  source:string(255) roles:user_roles include_members:boolean exclude_manager:boolean
  manager>sys_user parent>sys_user_group default_assignee>sys_user cost_center>cmn_cost_center
  sys_domain:domain_id sys_domain_path:domain_path

sys_user_grmember | Group Member | audited display=sys_id
  user>sys_user group>sys_user_group

sys_user_group_type | Group Type | display=name
  name:string(100) description:string(1000)

sys_user_role | Role | display=name
  name:string(100) description:string(1000) elevated_privilege:boolean

cmn_department | Department | audited display=name
  name:string(100) id description:string(1000) dept_head>sys_user primary_contact>sys_user
  parent>cmn_department company>core_company cost_center>cmn_cost_center head_count:integer code

cmn_location | Location | audited display=name
  name:string(100) full_name:string(255) street:string(255) city state zip country
  parent>cmn_location company>core_company contact>sys_user phone:ph_number latitude:float
  longitude:float time_zone

cmn_building | Building | display=name
  name:string(100) location>cmn_location floors:integer

cmn_cost_center | Cost Center | display=name
  name:string(100) account_number code manager>sys_user parent>cmn_cost_center valid_from:glide_date_time
  valid_to:glide_date_time

cmn_schedule | Schedule | display=name
  name:string(80) time_zone type description:string(1000)

cmn_skill | Skill | display=name
  name:string(100) description:string(1000)

core_company | Company | display=name
  name:string(80) street:string(255) city state zip country phone:ph_number website:url
  manufacturer:boolean vendor:boolean customer:boolean primary:boolean stock_symbol parent>core_company
  contact>sys_user

business_unit | Business Unit | display=name
  name:string(100) company>core_company parent>business_unit

ldap_server_config | LDAP Server | display=name
  name:string(40)

kb_knowledge | Knowledge | audited number=KB display=number
  number short_description:string(100) text:html wiki:html article_type workflow_state published:glide_date
  valid_to:glide_date retired:glide_date active:boolean sys_view_count:integer rating:decimal
  flagged:boolean latest:boolean version>kb_version kb_knowledge_base>kb_knowledge_base
  kb_category>kb_category author>sys_user source>task can_read_user_criteria>>user_criteria
  cannot_read_user_criteria>>user_criteria roles:user_roles meta:string(4000) language
  sys_domain:domain_id sys_domain_path:domain_path

kb_knowledge_base | Knowledge Base | display=title
  title:string(100) description:string(1000) owner>sys_user active:boolean

kb_category | Knowledge Category | display=label
  label:string(100) value parent_id:document_id parent_table:table_name full_category:string(255)
  active:boolean

kb_version | Knowledge Version | display=version
  version knowledge>kb_knowledge

user_criteria | User Criteria | display=name
  name:string(100) active:boolean

sys_audit | Audit | insert_only display=sys_id
  tablename:table_name documentkey fieldname:field_name oldvalue:string(4000) newvalue:string(4000)
  user:string(40) reason record_checkpoint:integer internal_checkpoint

sys_audit_delete | Audit Deleted Record | display=display_value
  tablename:table_name documentkey display_value:string(255) payload:xml

sys_journal_field | Journal Entry | insert_only display=sys_id
  name:table_name element:field_name element_id value:string(4000)

sys_choice | Choice | display=label
  name:table_name element:field_name value label:string(100) language:string(3) sequence:integer
  inactive:boolean dependent_value hint:string(255) synonyms:string(255)

sys_db_object | Table | display=label
  name:string(80) label:string(80) super_class>sys_db_object is_extendable:boolean extension_model
  number_ref:string(40) sys_scope:string(40)

sys_dictionary | Dictionary Entry | display=column_label
  name:table_name element:field_name internal_type>sys_glide_object.name reference>sys_db_object.name
  column_label:string(80) max_length:integer mandatory:boolean read_only:boolean active:boolean
  unique:boolean display:boolean audit:boolean attributes:string(1000) default_value:string(512)
  choice:integer choice_table:table_name choice_field:field_name dependent:string(80) array:boolean
  virtual:boolean

sys_glide_object | Field Class | display=label
  name:string(40) label:string(80) scalar_type scalar_length:integer class_name:string(100) visible:boolean
"""
