"""The tables Ticketlake extracts, one frozen spec each.

`columns` is the floor: the columns that staging reads, with their ServiceNow types. They exist in
the raw layer before the first load and whatever an instance lacks; everything else a table's
dictionary lists is extracted beside them. Source of names and types: ../shared contract, section 4,
and the Table API reference, section 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SYSTEM_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "sys_id": "GUID",
        "sys_created_on": "glide_date_time",
        "sys_created_by": "string",
        "sys_updated_on": "glide_date_time",
        "sys_updated_by": "string",
        "sys_mod_count": "integer",
    }
)
INSERT_ONLY_SYSTEM_COLUMNS: Mapping[str, str] = MappingProxyType(
    {"sys_id": "GUID", "sys_created_on": "glide_date_time", "sys_created_by": "string"}
)

#: Types whose values are secrets: never asked for, whatever the dictionary says.
SECRET_TYPES = frozenset({"password", "password2", "encrypted", "glide_encrypted"})


@dataclass(frozen=True)
class TableSpec:
    """What the extractor must know of one table before it has seen the instance's dictionary.

    `cursor` is the column a delta sweep goes by, or None where the table is read whole each sync.
    `windowed` tables are bounded by the history start on the first sync; `or_active` adds rows that
    are still active, however old. `base_query` is an encoded query every request carries.
    `never` are columns that are not extracted though the dictionary lists them.
    """

    name: str
    floor: Mapping[str, str]
    required: bool = False
    windowed: bool = False
    or_active: bool = False
    cursor: str | None = "sys_updated_on"
    insert_only: bool = False
    base_query: str = ""
    never: frozenset[str] = field(default_factory=frozenset)
    #: Read with the floor columns alone: the tables that must be read before any type is known.
    bootstrap: bool = False
    #: Once a day read whole and compared by content: scripts change such rows without moving the cursor.
    by_content: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """Floor and system columns with their ServiceNow types, `sys_id` first."""
        system = INSERT_ONLY_SYSTEM_COLUMNS if self.insert_only else SYSTEM_COLUMNS
        return {**system, **self.floor}


def _floor(text: str) -> dict[str, str]:
    """`name:type name:type name` to a mapping; a bare name is a string."""
    pairs = (item.partition(":") for item in text.split())
    return {name: kind or "string" for name, _, kind in pairs}


_TASK = """
    number short_description description close_notes state:integer active:boolean
    priority:integer impact:integer urgency:integer made_sla:boolean contact_type
    opened_at:glide_date_time closed_at:glide_date_time
    opened_by:reference assigned_to:reference closed_by:reference assignment_group:reference
    cmdb_ci:reference business_service:reference parent:reference
    business_duration:glide_duration calendar_duration:glide_duration
    reassignment_count:integer correlation_id sys_class_name:sys_class_name sys_domain:domain_id
"""
_CI = """
    name sys_class_name:sys_class_name install_status:integer operational_status:integer environment
    support_group:reference assignment_group:reference owned_by:reference managed_by:reference
    location:reference category subcategory sys_domain:domain_id
"""
_JOURNALS = frozenset({"comments", "work_notes", "comments_and_work_notes", "approval_history"})


def _task(name: str, own: str = "", *, required: bool = False) -> TableSpec:
    return TableSpec(name, _floor(_TASK + own), required=required, windowed=True, or_active=True, never=_JOURNALS)


_SPECS = (
    TableSpec(
        "sys_db_object",
        _floor("name label super_class:reference"),
        required=True,
        cursor=None,
        bootstrap=True,
    ),
    TableSpec(
        "sys_dictionary",
        _floor(
            "name element internal_type:reference reference:reference column_label max_length:integer"
            " mandatory:boolean active:boolean audit:boolean attributes choice:integer display:boolean"
        ),
        required=True,
        cursor=None,
        bootstrap=True,
    ),
    TableSpec("sys_glide_object", _floor("name label scalar_type"), cursor=None, bootstrap=True),
    TableSpec(
        "sys_choice",
        _floor("name element value label language sequence:integer inactive:boolean dependent_value"),
        required=True,
        cursor=None,
    ),
    TableSpec(
        "sys_user",
        _floor(
            "user_name name first_name last_name email title active:boolean vip:boolean"
            " web_service_access_only:boolean internal_integration_user:boolean"
            " manager:reference department:reference location:reference"
        ),
        required=True,
        by_content=True,
        never=frozenset({"user_password", "password_needs_reset", "photo", "avatar"}),
    ),
    TableSpec(
        "sys_user_group",
        _floor("name description email active:boolean manager:reference parent:reference"),
        required=True,
        by_content=True,
    ),
    TableSpec("sys_user_grmember", _floor("user:reference group:reference"), by_content=True),
    TableSpec("cmn_department", _floor("name id"), by_content=True),
    TableSpec("cmn_location", _floor("name city country"), by_content=True),
    TableSpec("cmdb_ci", _floor(_CI), required=True, by_content=True),
    TableSpec("cmdb_ci_service", _floor(_CI + " busines_criticality service_classification"), by_content=True),
    TableSpec("task_ci", _floor("task:reference ci_item:reference")),
    _task(
        "incident",
        """ caller_id:reference category subcategory business_impact business_stc:integer
        calendar_stc:integer caused_by:reference rfc:reference problem_id:reference
        parent_incident:reference child_incidents:integer close_code hold_reason:integer
        incident_state:integer reopen_count:integer reopened_by:reference reopened_time:glide_date_time
        resolved_at:glide_date_time resolved_by:reference
        u_bp_incident_id u_bigpanda_incident_id """,
        required=True,
    ),
    _task("incident_task", " incident:reference "),
    _task(
        "problem",
        """ category subcategory problem_state:integer known_error:boolean major_problem:boolean
        resolved_at:glide_date_time resolution_code rfc:reference first_reported_by_task:reference
        duplicate_of:reference reopen_count:integer """,
    ),
    _task(
        "change_request",
        """ type risk:integer category reason phase start_date:glide_date_time end_date:glide_date_time
        work_start:glide_date_time work_end:glide_date_time requested_by:reference
        close_code on_hold:boolean cab_required:boolean unauthorized:boolean """,
    ),
    _task(
        "change_task",
        """ change_request:reference change_task_type close_code
        planned_start_date:glide_date_time planned_end_date:glide_date_time """,
    ),
    # After the classes: a row of the root goes by what became of the row of its class.
    _task("task"),
    TableSpec(
        "task_sla",
        _floor(
            "task:reference sla:reference stage active:boolean has_breached:boolean"
            " start_time:glide_date_time end_time:glide_date_time planned_end_time:glide_date_time"
            " duration:glide_duration business_duration:glide_duration"
            " pause_duration:glide_duration percentage:decimal business_percentage:decimal"
        ),
        windowed=True,
    ),
    TableSpec(
        "contract_sla",
        _floor("name type target collection duration:glide_duration active:boolean"),
    ),
    TableSpec(
        "cmdb_ci_outage",
        _floor(
            "cmdb_ci:reference type begin:glide_date_time end:glide_date_time short_description task_number:reference"
        ),
        windowed=True,
    ),
    TableSpec(
        "kb_knowledge",
        _floor(
            "number short_description workflow_state kb_knowledge_base:reference kb_category:reference"
            " author:reference published:glide_date valid_to:glide_date sys_view_count:integer"
            " active:boolean"
        ),
    ),
    TableSpec("kb_knowledge_base", _floor("title active:boolean")),
    TableSpec("kb_category", _floor("label value parent_id active:boolean")),
    TableSpec(
        "sys_audit",
        _floor(
            "tablename documentkey fieldname oldvalue newvalue user reason"
            " record_checkpoint:integer internal_checkpoint"
        ),
        windowed=True,
        cursor="sys_created_on",
        insert_only=True,
        base_query="tablename=incident",
    ),
    TableSpec(
        "sys_audit_delete",
        _floor("tablename documentkey display_value"),
        windowed=True,
        cursor="sys_created_on",
        insert_only=True,
        # The payload is the dead row as XML: personal data that no model reads.
        never=frozenset({"payload"}),
    ),
)

TABLES: Mapping[str, TableSpec] = MappingProxyType({spec.name: spec for spec in _SPECS})

#: The table all tickets extend; its rows go by what happens to the row of their real class.
TICKET_ROOT = "task"
TICKET_TABLES = tuple(name for name, spec in TABLES.items() if spec.or_active)

#: Required fields of `incident` by standard name (contract, section 4); `field_map` renames them.
REQUIRED_FIELDS = (
    "number",
    "state",
    "opened_at",
    "resolved_at",
    "opened_by",
    "priority",
    "short_description",
    "made_sla",
    "business_impact",
    "assignment_group",
    "business_duration",
    "category",
    "subcategory",
    "caused_by",
    "close_notes",
    "close_code",
    "cmdb_ci",
    "problem_id",
    "reassignment_count",
    "reopen_count",
    "business_service",
)
OPTIONAL_FIELDS = ("bp_incident_id", "business_stc")
