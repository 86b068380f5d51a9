"""The models on tickets whose figures were worked out by hand."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.transform.hand_made import at
from tests.transform.warehouse import query


def one(warehouse: Path, sql: str) -> tuple[Any, ...]:
    rows = query(warehouse, sql)
    assert len(rows) == 1, rows
    return rows[0]


def of_all(metric: str, columns: str, instance: str = "acme") -> str:
    return (
        f"SELECT {columns} FROM metrics.{metric} WHERE instance = '{instance}' AND grain = 'all' AND dimension = 'all'"
    )


def test_names_and_labels_of_an_incident_are_resolved(small_warehouse: Path) -> None:
    assert one(
        small_warehouse,
        "SELECT number, state_label, priority_label, category_label, subcategory_label, opened_by_name, caller_name,"
        " assigned_to_name, assignment_group, ci_name, ci_class, ci_resolution, service, caused_by_change"
        " FROM sdm.itsm WHERE instance = 'acme' AND sys_id = 'i01'",
    ) == (
        "INC0000001", "Closed", "1 - Critical", "Software!", "Database", "Ann Lee", "Ann Lee",
        "Bob Ray", "Network", "db01", "cmdb_ci_server", "ticket", "Payroll", "CHG1",
    )  # fmt: skip


def test_a_code_without_a_label_stands_for_itself(small_warehouse: Path) -> None:
    assert one(
        small_warehouse,
        "SELECT state_label, category_label, subcategory_label FROM sdm.itsm"
        " WHERE instance = 'acme' AND sys_id = 'i02'",
    ) == ("6", "Software", "db")


def test_a_reference_to_a_deleted_row_keeps_its_id_without_a_name(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT sys_id, opened_by_id, opened_by_name, cmdb_ci_id, ci_id, ci_name, ci_resolution, problem_id, problem"
        " FROM sdm.itsm WHERE instance = 'acme' AND sys_id IN ('i01', 'i03', 'i04') ORDER BY sys_id",
    ) == [
        ("i01", "ann", "Ann Lee", "c1", "c1", "db01", "ticket", "gone", None),
        ("i03", "deleted", None, None, None, None, "none", None, None),
        ("i04", "robot", "Robot", "deleted", "deleted", None, "ticket", None, None),
    ]


def test_same_sys_ids_of_two_instances_stay_apart(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT instance, assignment_group, opened_by_name, is_open, resolve_minutes FROM sdm.itsm"
        " WHERE sys_id = 'i01' ORDER BY instance",
    ) == [("acme", "Network", "Ann Lee", False, 120.0), ("beta", "Desktop", None, False, 10.0)]
    assert one(small_warehouse, of_all("mttr", "resolved_count, mttr_minutes", "beta")) == (1, 10.0)


def test_who_opened_each_incident(small_warehouse: Path) -> None:
    kinds = query(
        small_warehouse, "SELECT sys_id, opened_by_kind FROM sdm.itsm WHERE instance = 'acme' ORDER BY sys_id"
    )
    assert dict(kinds) == {
        "i01": "person", "i02": "bigpanda", "i03": "unknown", "i04": "integration", "i05": "unknown",
        "i06": "unknown", "i07": "unknown", "i08": "bigpanda", "i09": "unknown",
    }  # fmt: skip


def test_mttr_of_three_resolved_tickets(small_warehouse: Path) -> None:
    assert one(
        small_warehouse,
        of_all("mttr", "resolved_count, is_partial, mttr_minutes, median_minutes, p90_minutes, business_mttr_minutes"),
    ) == (3, False, 130.0, 120.0, pytest.approx(216.0), 60.0)


def test_mttr_by_group_merges_groups_of_one_name(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT dimension_value, resolved_count, mttr_minutes FROM metrics.mttr WHERE instance = 'acme'"
        " AND grain = 'all' AND dimension = 'assignment_group' ORDER BY 1",
    ) == [("(none)", 1, 30.0), ("Network", 2, 180.0)]


def test_mttr_by_month_week_and_day(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT grain, period_start, resolved_count, mttr_minutes, is_partial FROM metrics.mttr"
        " WHERE instance = 'acme' AND dimension = 'all' AND grain <> 'all' ORDER BY grain, period_start",
    ) == [
        ("day", date(2024, 2, 26), 1, 120.0, False),
        ("day", date(2024, 3, 1), 1, 240.0, False),
        ("day", date(2024, 3, 5), 1, 30.0, False),
        ("month", date(2024, 2, 1), 1, 120.0, False),
        ("month", date(2024, 3, 1), 2, 135.0, True),
        ("week", date(2024, 2, 26), 2, 180.0, False),
        ("week", date(2024, 3, 4), 1, 30.0, True),
    ]


def test_the_other_metrics_of_the_cohort(small_warehouse: Path) -> None:
    third = pytest.approx(1 / 3)
    assert one(
        small_warehouse,
        of_all("reassignment", "mean_reassignments, p90_reassignments, zero_share, three_plus_share"),
    ) == (pytest.approx(4 / 3), pytest.approx(2.6), third, third)
    assert one(
        small_warehouse, of_all("noise", "noise_count, noise_share, noise_by_code_count, noise_untouched_count")
    ) == (2, pytest.approx(2 / 3), 1, 1)
    assert one(small_warehouse, of_all("reopen", "reopened_count, reopen_rate")) == (1, third)
    assert one(
        small_warehouse, of_all("sla", "made_sla_count, made_sla_share, task_sla_count, task_sla_met_share")
    ) == (2, pytest.approx(2 / 3), 2, 0.5)


def test_what_is_left_out_is_counted_by_reason(small_warehouse: Path) -> None:
    counts = query(small_warehouse, "SELECT reason, ticket_count FROM metrics.excluded WHERE instance = 'acme'")
    assert dict(counts) == {"cancelled": 1, "open": 3, "not_resolved": 1, "bad_clock": 1}


def test_one_recurring_title(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT rank, title, example_number, ticket_count, first_opened_at, last_opened_at, active_days, ci_count,"
        " group_count, median_resolve_minutes, total_resolve_minutes, noise_share"
        " FROM metrics.top_recurring_tickets WHERE instance = 'acme'",
    ) == [
        (
            1, "disk full on <host>: <number>%", "INC0000001", 3, at("02-26 08:00"), at("03-05 10:00"), 3, 1, 2,
            120.0, 390.0, pytest.approx(2 / 3),
        )
    ]  # fmt: skip


def test_the_key_of_a_title_is_missing_only_where_the_title_is_empty(small_warehouse: Path) -> None:
    keys = query(
        small_warehouse,
        "SELECT sys_id, recurring_key IS NULL FROM sdm.itsm WHERE instance = 'acme' ORDER BY sys_id",
    )
    assert [sys_id for sys_id, missing in keys if missing] == ["i06", "i07", "i08", "i09"]


def test_the_backlog_of_each_day(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT as_of, open_count, not_closed_count, opened_count, ended_count FROM metrics.backlog"
        " WHERE instance = 'acme' AND dimension = 'all' ORDER BY as_of",
    ) == [
        (date(2024, 2, 26), 0, 1, 1, 1),
        (date(2024, 2, 27), 0, 1, 0, 0),
        (date(2024, 2, 28), 0, 1, 0, 0),
        (date(2024, 2, 29), 1, 2, 1, 0),
        (date(2024, 3, 1), 1, 3, 1, 1),
        (date(2024, 3, 2), 1, 3, 1, 1),
        (date(2024, 3, 3), 0, 2, 0, 1),
        (date(2024, 3, 4), 0, 3, 1, 1),
        (date(2024, 3, 5), 0, 3, 1, 1),
        (date(2024, 3, 6), 0, 3, 0, 0),
        (date(2024, 3, 7), 0, 3, 0, 0),
        (date(2024, 3, 8), 1, 4, 1, 0),
        (date(2024, 3, 9), 2, 5, 1, 0),
        (date(2024, 3, 10), 3, 6, 1, 0),
    ]
    assert one(
        small_warehouse,
        "SELECT median_age_days, older_than_30_days FROM metrics.backlog"
        " WHERE instance = 'acme' AND dimension = 'all' AND as_of = DATE '2024-03-10'",
    ) == (1.0, 0)


def test_the_tables_around_the_incident(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT name, department, location, manager_id, is_integration FROM sdm.users ORDER BY name",
    ) == [
        ("Ann Lee", "IT", "Oslo", None, False),
        ("BigPanda", None, None, None, True),
        ("Bob Ray", None, None, "ann", False),
        ("Robot", None, None, None, True),
    ]
    assert query(
        small_warehouse,
        "SELECT instance, sys_id, member_count FROM sdm.groups WHERE instance IN ('acme', 'beta')"
        " ORDER BY instance, sys_id",
    ) == [("acme", "g1", 2), ("acme", "g2", 0), ("acme", "g3", 0), ("beta", "g1", None)]
    assert one(
        small_warehouse, "SELECT name, criticality, support_group FROM sdm.services WHERE instance = 'acme'"
    ) == (
        "Payroll", "1 - most critical", "Network",
    )  # fmt: skip
    assert query(
        small_warehouse,
        "SELECT name, ci_class_label, is_active FROM sdm.configuration_items WHERE instance = 'acme' ORDER BY name",
    ) == [("Payroll", "cmdb_ci_service", None), ("db01", "Server", True)]
    assert one(
        small_warehouse,
        "SELECT number, state_label, is_open, is_known_error, linked_incident_count FROM sdm.problems"
        " WHERE sys_id = 'prb1'",
    ) == ("PRB1", "102", True, True, 1)
    assert one(
        small_warehouse,
        "SELECT sla_name, target, has_breached, elapsed_minutes, business_elapsed_minutes FROM sdm.task_slas"
        " WHERE sys_id = 'ts1'",
    ) == ("P1 resolution", "resolution", False, 120.0, 60.0)
    assert one(
        small_warehouse,
        "SELECT title, knowledge_base, category, author_name, published_on, view_count FROM sdm.knowledge_base",
    ) == ("How to", "IT", "Databases", "Ann Lee", date(2024, 2, 1), 9)


def test_the_history_of_a_ticket_and_its_path(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT field, old_value, old_label, new_value, new_label, changed_at, changed_by, sequence, source"
        " FROM sdm.itsm_history WHERE instance = 'acme' AND sys_id = 'i01' ORDER BY sequence",
    ) == [
        ("assignment_group", "g2", "Network", None, None, at("02-26 08:20"), "ann", 1, "audit"),
        ("assignment_group", None, None, "g3", "Databases", at("02-26 08:30"), "ann", 2, "audit"),
        ("assignment_group", "g3", "Databases", "g1", "Network", at("02-26 09:00"), "ann", 3, "audit"),
        ("state", "1", "1", "7", "Closed", at("02-26 10:00"), "ann", 4, "audit"),
    ]
    assert query(
        small_warehouse,
        "SELECT from_group, to_group, moves, tickets, ping_pong_tickets, median_minutes_held"
        " FROM metrics.reassignment_paths WHERE instance = 'acme' ORDER BY from_group",
    ) == [("Databases", "Network", 1, 1, 1, 30.0), ("Network", "Databases", 1, 1, 0, 20.0)]


def test_changes_and_what_incidents_say_of_them(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT number, state_label, is_open, is_cancelled, assignment_group, planned_start_at, is_failed, task_count,"
        " linked_incident_count, suspected_incident_count FROM sdm.changes WHERE instance = 'acme' ORDER BY number",
    ) == [
        ("CHG1", "Closed", False, False, "Network", at("02-25 10:00"), True, 1, 1, 0),
        ("CHG2", "Closed", False, False, "Network", at("03-01 08:00"), False, 0, 1, 1),
    ]
    assert query(
        small_warehouse,
        "SELECT incident_id, change_id, link, score, reason FROM sdm.incident_changes WHERE instance = 'acme'"
        " ORDER BY 1, 2",
    ) == [
        ("i01", "chg1", "caused_by", 1.0, "the incident names the change as its cause and as its fix"),
        ("i05", "chg2", "rfc", 1.0, "the incident names the change as its fix"),
        ("i06", "chg2", "suspected", pytest.approx(0.6167), "same CI, opened 1320 min after the change ended"),
    ]
    assert query(
        small_warehouse,
        "SELECT period_start, dimension, dimension_value, closed_changes, failed_changes, failed_share,"
        " changes_with_linked_incident, changes_with_suspected_incident FROM metrics.change_failure"
        " WHERE instance = 'acme' ORDER BY 1, 2, 3",
    ) == [
        (date(2024, 2, 1), "all", None, 1, 1, 1.0, 1, 0),
        (date(2024, 2, 1), "assignment_group", "Network", 1, 1, 1.0, 1, 0),
        (date(2024, 2, 1), "type", "(none)", 1, 1, 1.0, 1, 0),
        (date(2024, 3, 1), "all", None, 1, 0, 0.0, 0, 1),
        (date(2024, 3, 1), "assignment_group", "Network", 1, 0, 0.0, 0, 1),
        (date(2024, 3, 1), "type", "normal", 1, 0, 0.0, 0, 1),
    ]


def test_planned_windows_and_outages(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT sys_id, source_table, kind, ci_id, service_id, starts_at, ends_at, number"
        " FROM sdm.maintenance_windows WHERE instance = 'acme' ORDER BY sys_id",
    ) == [
        ("chg1", "change_request", "change", None, None, at("02-25 10:00"), None, "CHG1"),
        ("chg2", "change_request", "change", "c1", None, at("03-01 08:00"), at("03-01 10:00"), "CHG2"),
        ("o1", "cmdb_ci_outage", "outage", "s1", "s1", at("02-26 07:50"), None, "INC0000001"),
    ]


def test_a_family_its_tasks_and_a_ticket_that_flaps(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT sys_id, is_child, root_incident_id, child_count, is_flapping FROM sdm.itsm"
        " WHERE instance = 'acme' AND sys_id <= 'i03' ORDER BY sys_id",
    ) == [("i01", False, "i01", 1, False), ("i02", True, "i01", 0, True), ("i03", False, "i03", 0, False)]
    assert one(small_warehouse, of_all("mttr", "child_count, mttr_minutes, mttr_without_children_minutes")) == (
        1, 130.0, 75.0,
    )  # fmt: skip
    assert query(
        small_warehouse,
        "SELECT incident_id, assignment_group, task_count, open_task_count, first_opened_at, last_closed_at,"
        " total_minutes FROM sdm.incident_tasks WHERE instance = 'acme'",
    ) == [("i01", "Network", 2, 1, at("02-26 08:00"), at("02-26 09:00"), 60.0)]


def test_what_is_taken_over_from_the_source_as_it_is(small_warehouse: Path) -> None:
    columns = {
        "itsm": (
            "i01",
            {
                "created_at": at("02-26 08:01"), "impact": 2, "urgency": 1, "close_notes": "Disk extended",
                "correlation_id": "MON-7", "domain_id": "global",
            },
        ),
        "users": ("ann", {"email": "ann@example.com", "title": "Controller", "is_active": True, "is_vip": True}),
        "groups": ("g1", {"description": "Cables", "manager_id": "bob", "is_active": True}),
        "configuration_items": ("c1", {"operational_status": 2, "environment": "Production", "owned_by_id": "ann"}),
        "services": ("s1", {"owned_by_id": "bob", "operational_status": 1}),
        "changes": (
            "chg1",
            {"risk": 3, "short_description": "Move the database", "actual_start_at": at("02-25 10:15")},
        ),
        "problems": (
            "prb2",
            {
                "priority": 2, "short_description": "Disks fill up", "assignment_group": "Databases", "ci_id": "c1",
                "is_open": False, "opened_at": at("02-01 08:00"), "resolved_at": at("02-20 08:00"),
                "closed_at": at("02-21 08:00"),
            },
        ),
        "task_slas": ("ts1", {"ended_at": at("02-26 10:00"), "due_at": at("02-26 12:00")}),
        "knowledge_base": (
            "kb1",
            {"workflow_state": "published", "valid_to": date(2025, 1, 31), "updated_at": at("02-02 10:00")},
        ),
    }  # fmt: skip
    for table, (sys_id, expected) in columns.items():
        found = one(
            small_warehouse,
            f"SELECT {', '.join(expected)} FROM sdm.{table} WHERE instance = 'acme' AND sys_id = '{sys_id}'",
        )
        assert found == tuple(expected.values()), table
