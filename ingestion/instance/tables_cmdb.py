"""Configuration items and their classes (Table API reference, section 5.3). Notation: see `tables_task`."""

CMDB_TABLES = """
cmdb | Base Configuration Item | audited extensible display=name
  name:string(255) asset>alm_asset asset_tag:string(100) assigned:glide_date_time assigned_to>sys_user
  assignment_group>sys_user_group checked_in:glide_date_time checked_out:glide_date_time
  company>core_company cost:decimal cost_cc:string(3) cost_center>cmn_cost_center
  delivery_date:glide_date_time department>cmn_department due:glide_date_time due_in
  gl_account install_date:glide_date_time install_status:integer invoice_number justification:string(80)
  lease_id location>cmn_location managed_by>sys_user manufacturer>core_company model_id>cmdb_model
  order_date:glide_date_time owned_by>sys_user po_number purchase_date:glide_date
  serial_number:string(255) skip_sync:boolean support_group>sys_user_group supported_by>sys_user
  unverified:boolean vendor>core_company warranty_expiration:glide_date
  sys_domain:domain_id sys_domain_path:domain_path

cmdb_ci < cmdb | Configuration Item | audited
  attested_by>sys_user attested_date:glide_date_time attributes:string(65000) business_unit>business_unit
  can_print:boolean category change_control>sys_user_group comments:string(4000) correlation_id:string(100)
  discovery_source dns_domain:string(255) duplicate_of>cmdb_ci environment fault_count:integer
  first_discovered:glide_date_time fqdn:string(255) ip_address:ip_addr last_discovered:glide_date_time
  life_cycle_stage life_cycle_stage_status mac_address:string(18) maintenance_schedule>cmn_schedule
  managed_by_group>sys_user_group model_number monitor:boolean operational_status:integer
  schedule>cmn_schedule short_description:string(1000) start_date:glide_date_time subcategory
  sys_class_path:sys_class_path

cmdb_ci_hardware < cmdb_ci | Hardware | audited
  hardware_status hardware_substatus chassis_type:string(100)

cmdb_ci_computer < cmdb_ci_hardware | Computer | audited
  cpu_count:integer cpu_core_count:integer cpu_name:string(255) cpu_speed:float ram:integer
  disk_space:decimal os:string(40) os_version:string(100) os_domain:string(255) virtual:boolean

cmdb_ci_server < cmdb_ci_computer | Server | audited
  classification host_name:string(100) used_for firewall_status dr_backup>cmdb_ci

cmdb_ci_linux_server < cmdb_ci_server | Linux Server | audited
  kernel_release:string(255)

cmdb_ci_win_server < cmdb_ci_server | Windows Server | audited
  

cmdb_ci_netgear < cmdb_ci_hardware | Network Gear | audited
  device_type ports:integer firmware_version:string(100)

cmdb_ci_appl < cmdb_ci | Application | audited
  version:string(255) used_for config_file:string(255) running_process:string(255) tcp_port:string(255)

cmdb_ci_db_instance < cmdb_ci_appl | Database Instance | audited
  instance:string(255) edition:string(255)

cmdb_ci_service < cmdb_ci | Service | audited
  aliases:string(255) busines_criticality checkout>sys_user number prerequisites:string(4000)
  published_ref>cmdb_ci_service service_classification service_level_requirement:string(4000)
  service_owner_delegate>sys_user service_status sla>ast_contract stakeholders>>sys_user
  state start_of_life:glide_date used_for user_group>sys_user_group version:string(255)

cmdb_ci_service_auto < cmdb_ci_service | Mapped Application Service | audited
  

service_offering < cmdb_ci_service | Service Offering | audited
  parent>cmdb_ci_service contract>ast_contract

cmdb_rel_ci | CI Relationship | display=sys_id
  parent>cmdb_ci child>cmdb_ci type>cmdb_rel_type connection_strength percent_outage:integer port

cmdb_rel_type | CI Relationship Type | display=name
  name:string(255) parent_descriptor:string(100) child_descriptor:string(100)

cmdb_model | Product Model | display=display_name
  name:string(255) display_name:string(255) manufacturer>core_company model_number:string(100)

alm_asset | Asset | display=display_name
  display_name:string(255) ci>cmdb_ci model>cmdb_model asset_tag:string(100) serial_number:string(255)
"""
