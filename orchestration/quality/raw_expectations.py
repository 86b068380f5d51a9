"""What is expected of each raw table beyond the rules every table gets: the declarations.

Column names are ServiceNow's. `raw_rules.py` turns a declaration into rules; limits are in
`thresholds.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Expected:
    """What a raw table's rows should look like.

    `named`: columns that name a row. `numbered`: the table has ticket numbers. `ordered`: pairs of
    times, earlier first. `references`: target table by column. `coded`: columns whose values
    `sys_choice` explains. `ranged`: inclusive bounds by column. `not_negative`: counts and durations.
    `fresh`: rows of a living instance change within days. `part_of`: the table of which each row must
    be a row too, with the same sys_id (Table API reference, section 5.5, inheritance).
    """

    named: tuple[str, ...] = ()
    numbered: bool = False
    ordered: tuple[tuple[str, str], ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    coded: tuple[str, ...] = ()
    ranged: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    not_negative: tuple[str, ...] = ()
    fresh: bool = False
    part_of: str = ""


_TASK_REFERENCES = {
    "opened_by": "sys_user",
    "assigned_to": "sys_user",
    "assignment_group": "sys_user_group",
    "cmdb_ci": "cmdb_ci",
}
_TASK_DURATIONS = ("business_duration", "calendar_duration", "reassignment_count")
_TASK_ORDER = (("opened_at", "closed_at"),)

EXPECTED: Mapping[str, Expected] = MappingProxyType(
    {
        "sys_db_object": Expected(named=("name",)),
        "sys_dictionary": Expected(named=("name",)),
        "sys_glide_object": Expected(named=("name",)),
        "sys_choice": Expected(named=("name", "element", "label")),
        "sys_user": Expected(named=("user_name", "name")),
        "sys_user_group": Expected(named=("name",)),
        "sys_user_grmember": Expected(
            named=("user", "group"), references={"user": "sys_user", "group": "sys_user_group"}
        ),
        "cmn_department": Expected(named=("name",)),
        "cmn_location": Expected(named=("name",)),
        "cmdb_ci": Expected(named=("name", "sys_class_name"), references={"support_group": "sys_user_group"}),
        "cmdb_ci_service": Expected(named=("name",), part_of="cmdb_ci"),
        "task_ci": Expected(named=("task", "ci_item"), references={"task": "task", "ci_item": "cmdb_ci"}),
        "task": Expected(
            named=("number", "sys_class_name"), references={"assignment_group": "sys_user_group"}, fresh=True
        ),
        "incident": Expected(
            numbered=True,
            ordered=(*_TASK_ORDER, ("opened_at", "resolved_at")),
            references={**_TASK_REFERENCES, "caller_id": "sys_user", "problem_id": "problem"},
            coded=("state", "priority", "impact", "urgency", "category", "close_code"),
            ranged={"priority": (1, 5), "impact": (1, 3), "urgency": (1, 3)},
            not_negative=(*_TASK_DURATIONS, "business_stc", "calendar_stc", "reopen_count"),
            fresh=True,
            part_of="task",
        ),
        "incident_task": Expected(named=("number", "incident"), references={"incident": "incident"}, part_of="task"),
        "problem": Expected(
            named=("number", "state"),
            numbered=True,
            ordered=_TASK_ORDER,
            references=_TASK_REFERENCES,
            coded=("state",),
            not_negative=_TASK_DURATIONS,
            part_of="task",
        ),
        "change_request": Expected(
            named=("number", "state"),
            numbered=True,
            ordered=(*_TASK_ORDER, ("start_date", "end_date"), ("work_start", "work_end")),
            references=_TASK_REFERENCES,
            coded=("state", "type", "risk"),
            not_negative=_TASK_DURATIONS,
            part_of="task",
        ),
        "change_task": Expected(
            named=("number", "change_request"), references={"change_request": "change_request"}, part_of="task"
        ),
        "task_sla": Expected(
            named=("task", "sla"),
            ordered=(("start_time", "end_time"),),
            references={"task": "task", "sla": "contract_sla"},
            not_negative=("duration", "business_duration", "pause_duration"),
        ),
        "contract_sla": Expected(named=("name",)),
        "cmdb_ci_outage": Expected(ordered=(("begin", "end"),), references={"cmdb_ci": "cmdb_ci"}),
        "kb_knowledge": Expected(
            named=("number", "short_description"),
            numbered=True,
            ordered=(("published", "valid_to"),),
            references={"kb_knowledge_base": "kb_knowledge_base", "kb_category": "kb_category"},
            not_negative=("sys_view_count",),
        ),
        "kb_knowledge_base": Expected(named=("title",)),
        "kb_category": Expected(named=("label",)),
        "sys_audit": Expected(named=("documentkey", "fieldname")),
        "sys_audit_delete": Expected(named=("documentkey", "tablename")),
    }
)

#: Tables that cannot be empty where incidents were read: types and labels would be guesses.
NEEDED_BY_INCIDENTS: Mapping[str, str] = MappingProxyType(
    {
        "sys_db_object": "critical",
        "sys_dictionary": "critical",
        "sys_choice": "warning",
        "sys_user": "warning",
        "sys_user_group": "warning",
    }
)
