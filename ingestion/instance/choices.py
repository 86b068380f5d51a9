"""Out-of-box choice lists (Table API reference, section 5.4). All are rows of `sys_choice` once served."""

#: `table.element` -> `value=label` pairs; a pair without `=` has its value as label.
_CHOICES = """
task.state | -5=Pending; 1=Open; 2=Work in Progress; 3=Closed Complete; 4=Closed Incomplete; 7=Closed Skipped
task.impact | 1=1 - High; 2=2 - Medium; 3=3 - Low
task.urgency | 1=1 - High; 2=2 - Medium; 3=3 - Low
task.priority | 1=1 - Critical; 2=2 - High; 3=3 - Moderate; 4=4 - Low; 5=5 - Planning
task.escalation | 0=Normal; 1=Moderate; 2=High; 3=Overdue
task.approval | not requested=Not Yet Requested; requested=Requested; approved=Approved; rejected=Rejected
task.contact_type | phone=Phone; email=Email; self-service=Self-service; walk-in=Walk-in; chat=Chat;
  virtual_agent=Virtual Agent; monitoring=Monitoring
incident.state | 1=New; 2=In Progress; 3=On Hold; 6=Resolved; 7=Closed; 8=Canceled
incident.incident_state | 1=New; 2=In Progress; 3=On Hold; 6=Resolved; 7=Closed; 8=Canceled
incident.hold_reason | 1=Awaiting Caller; 5=Awaiting Change; 3=Awaiting Problem; 4=Awaiting Vendor
incident.severity | 1=1 - High; 2=2 - Medium; 3=3 - Low
incident.notify | 1=Do Not Notify; 2=Send Email; 3=Telephone
incident.category | inquiry=Inquiry / Help; software=Software; hardware=Hardware; network=Network; database=Database
incident.close_code | Duplicate; Known error; No resolution provided; Resolved by caller; Resolved by change;
  Resolved by problem; Resolved by request; Solution provided; Workaround provided; User error
problem.state | 101=New; 102=Assess; 103=Root Cause Analysis; 104=Fix in Progress; 106=Resolved; 107=Closed
problem.problem_state | 101=New; 102=Assess; 103=Root Cause Analysis; 104=Fix in Progress; 106=Resolved; 107=Closed
problem.resolution_code | fix_applied=Fix Applied; risk_accepted=Risk Accepted; duplicate=Duplicate; canceled=Canceled
problem.category | software=Software; hardware=Hardware; network=Network; database=Database
problem_task.state | 151=New; 152=Assess; 154=Work in Progress; 157=Closed
change_request.state | -5=New; -4=Assess; -3=Authorize; -2=Scheduled; -1=Implement; 0=Review; 3=Closed; 4=Canceled
change_request.type | normal=Normal; standard=Standard; emergency=Emergency
change_request.risk | 1=Very High; 2=High; 3=Moderate; 4=Low
change_request.close_code | successful=Successful; successful_issues=Successful with issues; unsuccessful=Unsuccessful
change_request.category | Hardware; Software; Service; Network; Other
change_task.state | -5=Pending; 1=Open; 2=In Progress; 3=Closed; 4=Canceled
change_task.change_task_type | planning=Planning; implementation=Implementation; testing=Testing; review=Review
cmdb.install_status | 0=Implementing; 1=Installed; 2=On Order; 3=In Maintenance; 4=Pending Install;
  5=Pending Repair; 6=In Stock; 7=Retired; 8=Stolen; 100=Absent
cmdb_ci.operational_status | 1=Operational; 2=Non-Operational; 3=Repair in Progress; 4=DR Standby; 5=Ready;
  6=Retired; 7=Pipeline; 8=Catalog
cmdb_ci.environment | production=Production; test=Test; development=Development; qa=QA
cmdb_ci_service.busines_criticality | 1 - most critical; 2 - somewhat critical; 3 - less critical; 4 - not critical
cmdb_ci_service.service_classification | Business Service; Technical Service; Application Service; Service Offering
task_sla.stage | in_progress=In progress; paused=Paused; completed=Completed; cancelled=Cancelled
contract_sla.type | SLA; OLA; Underpinning contract
contract_sla.target | response=Response; resolution=Resolution
cmdb_ci_outage.type | outage=Outage; planned=Planned outage; degradation=Degradation
kb_knowledge.workflow_state | draft=Draft; review=Review; published=Published;
  pending_retirement=Pending retirement; retired=Retired; outdated=Outdated
sys_user.notification | 1=Disable; 2=Enable
"""
#: Choices that depend on another field's value: `table.element | value it depends on | choices`.
_DEPENDENT = """
incident.subcategory | inquiry | antivirus=Anti-Virus; email=Email; internal application=Internal Application
incident.subcategory | software | email=Email; os=Operating System
incident.subcategory | hardware | cpu=CPU; disk=Disk; keyboard=Keyboard; memory=Memory; monitor=Monitor; mouse=Mouse
incident.subcategory | network | dhcp=DHCP; dns=DNS; ip address=IP Address; vpn=VPN; wireless=Wireless
incident.subcategory | database | db2=DB2; sql server=MS SQL Server; oracle=Oracle
"""
#: Values that old rows still hold and that new ones may not take: inactive choices.
_RETIRED = """
incident.close_code | Solved (Work Around); Solved (Permanently); Solved Remotely (Work Around);
  Solved Remotely (Permanently); Not Solved (Not Reproducible); Not Solved (Too Costly); Closed/Resolved by Caller
problem.state | 1=Open; 2=Known Error; 3=Pending Change; 4=Closed/Resolved
"""


def out_of_box_choices() -> list[dict[str, str]]:
    """The choices as rows of `sys_choice` without system columns, in list order per element."""
    rows: list[dict[str, str]] = []
    for line in _lines(_CHOICES):
        target, _, items = line.partition("|")
        rows += _rows(target.strip(), items)
    for line in _lines(_DEPENDENT):
        target, value, items = line.split("|")
        rows += _rows(target.strip(), items, dependent_value=value.strip())
    for line in _lines(_RETIRED):
        target, _, items = line.partition("|")
        rows += _rows(target.strip(), items, inactive="true")
    return rows


def _lines(text: str) -> list[str]:
    return text.strip().replace(";\n ", ";").splitlines()


def _rows(target: str, items: str, **extra: str) -> list[dict[str, str]]:
    table, element = target.split(".")
    rows = []
    for sequence, item in enumerate(items.split(";"), start=1):
        value, _, label = item.strip().partition("=")
        row = {"name": table, "element": element, "value": value, "label": label or value}
        row |= {"language": "en", "sequence": str(sequence * 10), "inactive": "false", "dependent_value": ""}
        rows.append(row | extra)
    return rows
