"""A few tickets whose figures can be worked out by hand: instance `acme`, and `beta` with the same sys_ids."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.transform.warehouse import Row, instance_settings

NOW = datetime(2024, 3, 10, 12)
HISTORY_START = datetime(2023, 2, 10, 12)
RETENTION_START = NOW - timedelta(days=400)

SETTINGS = [
    *instance_settings(
        "acme",
        now=NOW,
        history_start=HISTORY_START,
        retention_start=RETENTION_START,
        state_resolved=[6],
        state_closed=[7],
        state_cancelled=[8],
        noise_code=["Duplicate"],
        bigpanda_user=["bigpanda"],
    ),
    *instance_settings(
        "beta",
        now=NOW,
        history_start=HISTORY_START,
        retention_start=RETENTION_START,
        state_resolved=[60],
        state_closed=[70],
        state_cancelled=[80],
    ),
]


def at(text: str) -> datetime:
    """`02-29 22:00` of 2024."""
    return datetime.strptime(f"2024-{text}", "%Y-%m-%d %H:%M")


def acme(rows: Iterable[Row]) -> list[Row]:
    return [{"instance": "acme", **row} for row in rows]


def audited(
    sys_id: str, ticket: str, field: str, old: str | None, new: str | None, moment: datetime, update: int
) -> Row:
    """A row of sys_audit: one field of one incident changed by Ann."""
    return {
        "sys_id": sys_id, "tablename": "incident", "documentkey": ticket, "fieldname": field, "oldvalue": old,
        "newvalue": new, "sys_created_on": moment, "record_checkpoint": update, "user": "ann",
    }  # fmt: skip


INCIDENTS = acme(
    [
        # Three resolved tickets: 120, 240 and 30 minutes, two groups of one name, one recurring title.
        {
            "sys_id": "i01", "number": "INC0000001", "state": 7, "priority": 1, "category": "software",
            "subcategory": "db", "contact_type": "phone", "short_description": "Disk full on srv-db-01: 95%",
            "opened_at": at("02-26 08:00"), "resolved_at": at("02-26 10:00"), "closed_at": at("03-02 10:00"),
            "opened_by": "ann", "caller_id": "ann", "assigned_to": "bob", "assignment_group": "g1",
            "cmdb_ci": "c1", "business_service": "s1", "close_code": "Solved (Permanently)", "business_stc": 3600,
            "business_duration": 60, "made_sla": True, "reassignment_count": 0, "reopen_count": 0,
            "caused_by": "chg1", "rfc": "chg1", "problem_id": "gone", "business_impact": "All of finance",
            "sys_created_on": at("02-26 08:01"), "impact": 2, "urgency": 1, "close_notes": "Disk extended",
            "correlation_id": "MON-7", "sys_domain": "global",
        },
        {
            "sys_id": "i02", "number": "INC0000002", "state": 6, "priority": 1, "category": "Software",
            "subcategory": "db", "short_description": "DISK full on  srv-db-02: 7%",
            "opened_at": at("02-29 22:00"), "resolved_at": at("03-01 02:00"), "opened_by": "panda",
            "assigned_to": "bob", "assignment_group": "g2", "close_code": "duplicate", "made_sla": True,
            "reassignment_count": 3, "reopen_count": 1, "problem_id": "prb1", "parent_incident": "i01",
        },
        {
            "sys_id": "i03", "number": "INC0000001", "state": 7, "short_description": "Re: disk full on srv-db-03: 12%",
            "opened_at": at("03-05 10:00"), "resolved_at": at("03-05 10:30"), "closed_at": at("03-05 11:00"),
            "opened_by": "deleted", "made_sla": False, "reassignment_count": 1, "reopen_count": 0,
        },
        # Everything that is not a resolved ticket.
        {
            "sys_id": "i04", "state": 1, "short_description": "Printer jammed", "opened_at": at("03-10 09:00"),
            "opened_by": "robot", "cmdb_ci": "deleted",
        },
        {
            "sys_id": "i05", "state": 8, "short_description": "Disk full on srv-db-04: 99%",
            "opened_at": at("03-01 00:00"), "resolved_at": at("03-02 00:00"), "rfc": "chg2",
        },
        {
            "sys_id": "i06", "state": 7, "opened_at": at("03-02 10:00"), "closed_at": at("03-03 10:00"),
            "cmdb_ci": "c1",
        },
        {"sys_id": "i07", "state": 7, "opened_at": at("03-04 10:00"), "resolved_at": at("03-04 09:00")},
        {
            "sys_id": "i08", "state": 42, "opened_at": at("03-09 12:00"), "closed_at": at("03-09 13:00"),
            "u_bp_incident_id": "BP1",
        },
        {"sys_id": "i09", "state": None, "opened_at": at("03-08 12:00"), "short_description": " "},
    ]
)  # fmt: skip

RAW = {
    "incident": [
        *INCIDENTS,
        {
            "instance": "beta", "sys_id": "i01", "state": 60, "opened_at": at("03-01 10:00"),
            "resolved_at": at("03-01 10:10"), "assignment_group": "g1", "opened_by": "ann", "reassignment_count": 0,
        },
    ],
    "sys_user": acme(
        [
            {"sys_id": "ann", "user_name": "ann", "name": "Ann Lee", "department": "d1", "location": "l1",
             "email": "ann@example.com", "title": "Controller", "active": True, "vip": True},
            {"sys_id": "bob", "user_name": "bob", "name": "Bob Ray", "manager": "ann"},
            {"sys_id": "panda", "user_name": "bigpanda", "name": "BigPanda", "internal_integration_user": True},
            {"sys_id": "robot", "user_name": "robot", "name": "Robot", "web_service_access_only": True},
        ]
    ),
    "sys_user_group": [
        *acme(
            [
                {"sys_id": "g1", "name": "Network", "description": "Cables", "manager": "bob", "active": True},
                {"sys_id": "g2", "name": "Network", "parent": "g1"},
                {"sys_id": "g3", "name": "Databases"},
            ]
        ),
        {"instance": "beta", "sys_id": "g1", "name": "Desktop"},
    ],
    "sys_user_grmember": acme(
        [{"sys_id": "m1", "user": "ann", "group": "g1"}, {"sys_id": "m2", "user": "bob", "group": "g1"}]
    ),
    "cmn_department": acme([{"sys_id": "d1", "name": "IT"}]),
    "cmn_location": acme([{"sys_id": "l1", "name": "Oslo"}]),
    "cmdb_ci": acme(
        [
            {"sys_id": "c1", "name": "db01", "sys_class_name": "cmdb_ci_server", "install_status": 1,
             "operational_status": 2, "environment": "Production", "owned_by": "ann"},
            {"sys_id": "s1", "name": "Payroll", "sys_class_name": "cmdb_ci_service", "support_group": "g1"},
        ]
    ),
    "cmdb_ci_service": acme(
        [{"sys_id": "s1", "name": "Payroll", "busines_criticality": "1 - most critical", "support_group": "g1",
          "owned_by": "bob", "operational_status": 1}]
    ),
    "sys_db_object": acme(
        [
            {"sys_id": "t1", "name": "task", "label": "Task"},
            {"sys_id": "t2", "name": "incident", "label": "Incident", "super_class": "t1"},
            {"sys_id": "t3", "name": "change_request", "label": "Change", "super_class": "t1"},
            {"sys_id": "t4", "name": "problem", "label": "Problem", "super_class": "t1"},
            {"sys_id": "t5", "name": "cmdb_ci_server", "label": "Server"},
        ]
    ),
    "sys_dictionary": acme(
        [
            {"sys_id": "x1", "name": "incident", "element": "u_bp_incident_id"},
            {
                "sys_id": "x2", "name": "task", "element": "assignment_group", "internal_type": "reference",
                "reference": "sys_user_group",
            },
        ]
    ),
    "sys_audit": acme(
        [
            audited("a1", "i01", "assignment_group", "g2", None, at("02-26 08:20"), 1),
            audited("a2", "i01", "assignment_group", None, "g3", at("02-26 08:30"), 2),
            audited("a3", "i01", "assignment_group", "g3", "g1", at("02-26 09:00"), 3),
            audited("a4", "i01", "state", "1", "7", at("02-26 10:00"), 4),
            audited("a5", "i02", "state", "2", "6", at("03-01 01:00"), 1),
            audited("a6", "i02", "state", "6", "2", at("03-01 01:20"), 2),
            audited("a7", "i02", "state", "2", "6", at("03-01 02:00"), 3),
        ]
    ),
    "sys_choice": acme(
        [
            {"sys_id": "h1", "name": "incident", "element": "state", "value": "7", "label": "Closed"},
            {"sys_id": "h2", "name": "task", "element": "priority", "value": "1", "label": "1 - Critical"},
            {"sys_id": "h3", "name": "incident", "element": "category", "value": "software", "label": "Software!"},
            {
                "sys_id": "h4", "name": "incident", "element": "subcategory", "value": "db", "label": "Database",
                "dependent_value": "software",
            },
            {"sys_id": "h5", "name": "change_request", "element": "state", "value": "3", "label": "Closed"},
        ]
    ),
    "change_request": acme(
        [
            {
                "sys_id": "chg1", "number": "CHG1", "state": 3, "active": False, "close_code": "unsuccessful",
                "assignment_group": "g2", "start_date": at("02-25 10:00"), "closed_at": at("02-25 14:00"),
                "risk": 3, "short_description": "Move the database", "work_start": at("02-25 10:15"),
            },
            {
                "sys_id": "chg2", "number": "CHG2", "state": 3, "active": False, "close_code": "successful",
                "type": "normal", "assignment_group": "g1", "cmdb_ci": "c1", "start_date": at("03-01 08:00"),
                "end_date": at("03-01 10:00"), "work_end": at("03-01 12:00"), "closed_at": at("03-02 10:00"),
            },
        ]
    ),
    "cmdb_ci_outage": acme(
        [{"sys_id": "o1", "type": "outage", "cmdb_ci": "s1", "begin": at("02-26 07:50"), "task_number": "i01"}]
    ),
    "change_task": acme([{"sys_id": "ct1", "change_request": "chg1"}]),
    "incident_task": acme(
        [
            {
                "sys_id": "it1", "incident": "i01", "assignment_group": "g1", "active": False,
                "opened_at": at("02-26 08:00"), "closed_at": at("02-26 09:00"),
            },
            {"sys_id": "it2", "incident": "i01", "assignment_group": "g2", "active": True},
        ]
    ),
    "problem": acme(
        [
            {"sys_id": "prb1", "number": "PRB1", "state": 102, "active": True, "known_error": True},
            {
                "sys_id": "prb2", "number": "PRB2", "state": 107, "active": False, "priority": 2,
                "short_description": "Disks fill up", "assignment_group": "g3", "cmdb_ci": "c1",
                "opened_at": at("02-01 08:00"), "resolved_at": at("02-20 08:00"), "closed_at": at("02-21 08:00"),
            },
        ]
    ),
    "contract_sla": acme([{"sys_id": "sla1", "name": "P1 resolution", "target": "resolution"}]),
    "task_sla": acme(
        [
            {
                "sys_id": "ts1", "task": "i01", "sla": "sla1", "stage": "completed", "has_breached": False,
                "duration": 7200, "business_duration": 3600, "start_time": at("02-26 08:00"),
                "end_time": at("02-26 10:00"), "planned_end_time": at("02-26 12:00"),
            },
            {"sys_id": "ts2", "task": "i01", "sla": "sla1", "stage": "completed", "has_breached": True},
            {"sys_id": "ts3", "task": "i02", "sla": "sla1", "stage": "cancelled", "has_breached": True},
        ]
    ),
    "kb_knowledge": acme(
        [
            {
                "sys_id": "kb1", "number": "KB1", "short_description": "How to", "kb_knowledge_base": "b1",
                "kb_category": "k1", "author": "ann", "published": datetime(2024, 2, 1).date(), "sys_view_count": 9,
                "workflow_state": "published", "valid_to": datetime(2025, 1, 31).date(),
                "sys_updated_on": at("02-02 10:00"),
            }
        ]
    ),
    "kb_knowledge_base": acme([{"sys_id": "b1", "title": "IT"}]),
    "kb_category": acme([{"sys_id": "k1", "label": "Databases"}]),
}  # fmt: skip
