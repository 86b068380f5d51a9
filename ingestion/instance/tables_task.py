"""The task hierarchy and what hangs on a task (Table API reference, sections 5.1 to 5.3).

Notation of all `tables_*` files, one table a block: `table < parent | label | options`, then its own
columns: `name`, `name:type`, `name:type(max_length)`, `name>table` (reference), `name>>table` (glide_list).
"""

TASK_TABLES = """
task | Task | audited extensible number=TASK display=number
  number parent>task task_effective_number correlation_id:string(100) correlation_display:string(100)
  short_description:string(160) description:string(4000) close_notes:string(4000)
  state:integer active:boolean approval approval_set:glide_date_time approval_history:journal
  escalation:integer made_sla:boolean knowledge:boolean order:integer upon_approval upon_reject
  route_reason:integer rejection_goto>task wf_activity>wf_activity user_input:user_input
  impact:integer urgency:integer priority:integer
  opened_by>sys_user assigned_to>sys_user closed_by>sys_user assignment_group>sys_user_group
  company>core_company location>cmn_location watch_list>>sys_user work_notes_list>>sys_user
  additional_assignee_list>>sys_user group_list>>sys_user_group skills>>cmn_skill
  opened_at:glide_date_time closed_at:glide_date_time expected_start:glide_date_time
  work_start:glide_date_time work_end:glide_date_time follow_up:glide_date_time due_date:glide_date_time
  sla_due:due_date activity_due:due_date business_duration:glide_duration
  calendar_duration:glide_duration time_worked:timer
  cmdb_ci>cmdb_ci business_service>cmdb_ci_service service_offering>service_offering
  contract>ast_contract universal_request>task delivery_plan>sc_cat_item_delivery_plan
  delivery_task>sc_cat_item_delivery_task
  comments:journal_input work_notes:journal_input comments_and_work_notes:journal_list
  contact_type reassignment_count:integer sys_domain:domain_id sys_domain_path:domain_path

incident < task | Incident | audited number=INC
  caller_id>sys_user category subcategory business_impact:string(4000) cause:string(4000)
  business_stc:integer calendar_stc:integer caused_by>change_request rfc>change_request
  problem_id>problem parent_incident>incident child_incidents:integer close_code hold_reason:integer
  incident_state:integer notify:integer severity:integer origin_table:table_name
  origin_id:document_id reopen_count:integer reopened_by>sys_user reopened_time:glide_date_time
  resolved_at:glide_date_time resolved_by>sys_user
  u_bp_incident_id:string(64) u_bigpanda_incident_id:string(64) u_symptom:string(100)
  u_vendor>core_company u_vendor_ticket:string(64) u_environment u_root_cause:string(1000)
  u_affected_users:integer u_estimated_cost:decimal u_acknowledged_at:glide_date_time
  u_first_response:glide_duration u_review_on:glide_date u_is_security:boolean

incident_task < task | Incident Task | audited number=INT
  incident>incident close_code

problem < task | Problem | audited number=PRB
  category subcategory problem_state:integer known_error:boolean major_problem:boolean
  related_incidents:integer first_reported_by_task>task duplicate_of>problem rfc>change_request
  cause_notes:html fix_notes:html workaround:html workaround_applied:boolean
  workaround_communicated_at:glide_date_time workaround_communicated_by>sys_user
  fix_communicated_at:glide_date_time fix_communicated_by>sys_user confirmed_at:glide_date_time
  confirmed_by>sys_user fix_at:glide_date_time fix_by>sys_user resolved_at:glide_date_time
  resolved_by>sys_user reopened_at:glide_date_time reopened_by>sys_user reopen_count:integer
  resolution_code review_outcome

problem_task < task | Problem Task | audited number=PTASK
  problem>problem problem_task_type close_code started_at:glide_date_time started_by>sys_user

change_request < task | Change Request | audited number=CHG
  type chg_model>chg_model risk:integer scope:integer category reason phase phase_state
  start_date:glide_date_time end_date:glide_date_time requested_by>sys_user
  requested_by_date:glide_date_time justification:string(4000) implementation_plan:string(4000)
  backout_plan:string(4000) test_plan:string(4000) change_plan:string(4000)
  risk_impact_analysis:string(4000) cab_required:boolean cab_date:glide_date
  cab_date_time:glide_date_time cab_delegate>sys_user cab_recommendation:string(4000)
  conflict_status conflict_last_run:glide_date_time on_hold:boolean on_hold_reason:string(4000)
  on_hold_task>>change_task outside_maintenance_schedule:boolean production_system:boolean
  unauthorized:boolean close_code review_status:integer review_date:glide_date
  review_comments:string(4000) std_change_producer_version>std_change_producer_version

change_task < task | Change Task | audited number=CTASK
  change_request>change_request change_task_type planned_start_date:glide_date_time
  planned_end_date:glide_date_time on_hold:boolean on_hold_reason:string(4000) close_code created_from

task_ci | CIs Affected | display=sys_id
  task>task ci_item>cmdb_ci applied:boolean applied_date:glide_date_time manual_proposed_change:boolean

task_sla | Task SLA | display=sys_id
  task>task sla>contract_sla stage active:boolean has_breached:boolean start_time:glide_date_time
  end_time:glide_date_time planned_end_time:glide_date_time original_breach_time:glide_date_time
  pause_time:glide_date_time duration:glide_duration business_duration:glide_duration
  pause_duration:glide_duration business_pause_duration:glide_duration time_left:glide_duration
  business_time_left:glide_duration percentage:decimal business_percentage:decimal
  schedule>cmn_schedule timezone

contract_sla | SLA Definition | display=name
  name:string(100) type target collection:table_name duration_type duration:glide_duration
  schedule>cmn_schedule timezone start_condition:conditions pause_condition:conditions
  stop_condition:conditions reset_condition:conditions cancel_condition:conditions vendor>core_company
  active:boolean retroactive:boolean set_start_to:field_name

cmdb_ci_outage | Outage | audited number=OUT display=number
  number cmdb_ci>cmdb_ci type begin:glide_date_time end:glide_date_time duration:glide_duration
  short_description:string(160) details:html task_number>task

chg_model | Change Model | display=name
  name:string(80)

std_change_producer_version | Standard Change Template Version | display=name
  name:string(255)

wf_activity | Workflow Activity | display=name
  name:string(100)

sc_cat_item_delivery_plan | Execution Plan | display=name
  name:string(100)

sc_cat_item_delivery_task | Execution Plan Task | display=name
  name:string(100)

ast_contract | Contract | display=number
  number short_description:string(160) vendor>core_company starts:glide_date ends:glide_date
"""
