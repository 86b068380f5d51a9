"""A company's rows agree with each other: with their audit, their clocks, their references, the dictionary."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.business_hours import business_seconds
from ingestion.instance.store import Row
from ingestion.instance.timestamps import seconds_of, stamp
from tests.contract.worlds.conftest import NOW

Incidents = dict[str, Row]
Audits = dict[str, list[Row]]

_START_VALUES = {"state": "1", "incident_state": "1", "active": "true", "reassignment_count": "0", "reopen_count": "0"}


def _changes(audits: Audits, sys_id: str, field: str) -> list[Row]:
    return [row for row in audits.get(sys_id, []) if row["fieldname"] == field]


def test_two_thousand_were_opened_in_the_days_before_now(company: EmbeddedInstance, incidents: Incidents) -> None:
    deleted = company.application.truth()["deleted"]
    earliest = stamp(seconds_of(str(NOW)) - 396 * 86_400)
    in_history = [row for row in incidents.values() if row["sys_created_on"] >= earliest]
    assert len(in_history) + len(deleted["audited"]) + len(deleted["unaudited"]) == 2000


def test_undoing_the_audit_from_the_last_row_gives_the_first(incidents: Incidents, audits: Audits) -> None:
    for sys_id, last in incidents.items():
        row = dict(last)
        for change in reversed(audits.get(sys_id, [])):
            assert row[change["fieldname"]] == change["newvalue"], change
            row[change["fieldname"]] = change["oldvalue"]
        assert {name: row[name] for name in _START_VALUES} == _START_VALUES
        assert not any(row[name] for name in ("resolved_at", "resolved_by", "closed_at", "close_code", "reopened_time"))


def test_audit_rows_belong_to_one_update_of_their_record(incidents: Incidents, audits: Audits) -> None:
    for sys_id, rows in audits.items():
        last = incidents.get(sys_id)
        moments = {row["record_checkpoint"]: row["sys_created_on"] for row in rows}
        assert all(moments[row["record_checkpoint"]] == row["sys_created_on"] for row in rows)
        if last is not None:
            assert max(map(int, moments)) <= int(last["sys_mod_count"])
            assert max(moments.values()) <= last["sys_updated_on"]
            assert {row["tablename"] for row in rows} == {"incident"}


def test_reassignment_count_is_the_changes_of_group_after_the_first(incidents: Incidents, audits: Audits) -> None:
    most = 0
    for sys_id, row in incidents.items():
        changes = _changes(audits, sys_id, "assignment_group")
        first_assignments = sum(change["oldvalue"] == "" for change in changes[:1])
        assert int(row["reassignment_count"]) == len(changes) - first_assignments
        most = max(most, int(row["reassignment_count"]))
    assert most >= 6


def test_tickets_bounce_and_come_back(incidents: Incidents, audits: Audits) -> None:
    ping_pong = 0
    for sys_id in incidents:
        path = [change["newvalue"] for change in _changes(audits, sys_id, "assignment_group")]
        ping_pong += len(path) > len(set(path))
    assert ping_pong > 20


def test_reopened_tickets_left_resolved_for_progress(incidents: Incidents, audits: Audits) -> None:
    reopened = [row for row in incidents.values() if int(row["reopen_count"]) > 0]
    assert len(reopened) > 20
    for row in reopened:
        back = [
            change
            for change in _changes(audits, row["sys_id"], "state")
            if (change["oldvalue"], change["newvalue"]) == ("6", "2")
        ]
        assert len(back) == int(row["reopen_count"])
        assert back[-1]["sys_created_on"] == row["reopened_time"]
        assert row["reopened_by"]


def test_stopwatches_run_from_opened_to_resolved_by_clock_and_calendar(incidents: Incidents) -> None:
    off = 0
    for row in incidents.values():
        if not row["calendar_stc"]:
            continue
        assert row["calendar_duration"] == stamp(int(row["calendar_stc"]))
        assert row["business_duration"] == stamp(int(row["business_stc"]))
        opened, ended = row["opened_at"], row["resolved_at"] or row["closed_at"]
        if not opened or not ended or ended < opened or row["state"] == "2" or opened > str(NOW):
            continue
        off += int(row["calendar_stc"]) != seconds_of(ended) - seconds_of(opened)
        assert int(row["business_stc"]) == business_seconds(seconds_of(opened), seconds_of(ended))
    assert 0 < off < 15, "the instance's own stopwatch is wrong now and then, and only then"


def test_references_lead_to_rows_of_the_table_they_name(company: EmbeddedInstance) -> None:
    store = company.store
    present: dict[str, set[str]] = {}
    dangling: Counter[tuple[str, str]] = Counter()
    tables = (
        "incident", "problem", "change_request", "change_task", "incident_task", "task_sla", "task_ci", "cmdb_ci",
        "cmdb_ci_outage", "kb_knowledge", "sys_user", "sys_user_group", "sys_user_grmember",
    )  # fmt: skip
    for table in tables:
        columns = {
            name: column.reference for name, column in store.schema.columns(table).items() if column.type == "reference"
        }
        for row in store.rows(table):
            for name, target in columns.items():
                if row[name]:
                    if target not in present:
                        present[target] = {found["sys_id"] for found in store.rows(target)}
                    dangling[table, name] += row[name] not in present[target]
    # An item nobody knows any more, and an opener that is no user: as on real instances.
    known = {("incident", "cmdb_ci"), ("incident_task", "cmdb_ci"), ("task_ci", "ci_item"), ("incident", "opened_by")}
    assert {where for where, count in dangling.items() if count} <= known, +dangling
    assert 0 < dangling["incident", "opened_by"] < 20
    assert 0 < dangling["incident", "cmdb_ci"] < 20


def test_values_of_choice_columns_are_listed_but_for_a_few(company: EmbeddedInstance, incidents: Incidents) -> None:
    choices: dict[str, set[str]] = {}
    for row in company.store.rows("sys_choice"):
        if row["name"] in ("task", "incident"):
            choices.setdefault(row["element"], set()).add(row["value"])
    for column in ("state", "priority", "category", "close_code", "contact_type", "hold_reason"):
        values = Counter(row[column] for row in incidents.values() if row[column])
        unknown = sum(count for value, count in values.items() if value not in choices[column])
        assert unknown < 0.03 * len(incidents), (column, values)
    categories = {row["category"] for row in incidents.values()}
    assert {"hardware", "Hardware", "legacy_app"} <= categories


def test_slas_breach_when_their_time_is_up(company: EmbeddedInstance, incidents: Incidents) -> None:
    targets = {row["sys_id"]: seconds_of(row["duration"]) for row in company.store.rows("contract_sla")}
    stages: Counter[str] = Counter()
    for row in company.store.rows("task_sla"):
        stages[row["stage"]] += 1
        elapsed, target = seconds_of(row["business_duration"]), targets[row["sla"]]
        assert (row["has_breached"] == "true") == (elapsed >= target), row
        assert row["active"] == str(row["stage"] in ("in_progress", "paused")).lower()
        assert bool(row["end_time"]) == (row["active"] == "false")
        assert row["business_percentage"] == f"{100 * elapsed / target:.2f}"
    assert stages.keys() == {"in_progress", "paused", "completed", "cancelled"}
    missed = {row["task"] for row in company.store.rows("task_sla") if row["has_breached"] == "true"}
    late = [row["sys_id"] for row in incidents.values() if row["made_sla"] == "false"]
    assert len(late) > 100
    assert missed.issuperset(late)


def test_work_days_are_busy_and_nights_are_not(incidents: Incidents) -> None:
    moments = [datetime.fromisoformat(row["sys_created_on"]) for row in incidents.values()]
    weekend = sum(moment.weekday() >= 5 for moment in moments)
    morning = sum(8 <= moment.hour < 12 for moment in moments)
    night = sum(moment.hour < 4 for moment in moments)
    assert 20 < weekend < len(moments) / 6
    assert 20 < night < morning / 3


def test_reference_data_is_old(company: EmbeddedInstance) -> None:
    three_years_ago = str(NOW - timedelta(days=3 * 365))
    for table in ("sys_user", "sys_user_group", "cmdb_ci", "cmn_location"):
        assert sum(row["sys_updated_on"] < three_years_ago for row in company.store.rows(table)) >= 3, table


@pytest.mark.parametrize(
    ("what", "is_so"),
    [
        ("opened by BigPanda", lambda row: row["u_bp_incident_id"]),
        ("known to BigPanda by the old column", lambda row: row["u_bigpanda_incident_id"]),
        ("with carets", lambda row: "^" in row["short_description"]),
        ("with quotes", lambda row: '"' in row["short_description"] and "'" in row["short_description"]),
        ("with line breaks and tabs", lambda row: {"\n", "\t"} <= set(row["short_description"])),
        ("in another script", lambda row: "日本語" in row["short_description"]),
        ("with a title NULL", lambda row: row["short_description"] == "NULL"),
        ("without a title", lambda row: row["short_description"] == ""),
        ("with blanks around the title", lambda row: row["short_description"].startswith("   ")),
        ("with the longest description", lambda row: len(row["description"]) == 4000),
        ("without a group", lambda row: not row["assignment_group"]),
        ("without an item", lambda row: not row["cmdb_ci"]),
        ("without an opening time", lambda row: not row["opened_at"]),
        ("opened in the future", lambda row: row["opened_at"] > str(NOW + timedelta(days=30))),
        ("resolved before they were opened", lambda row: row["opened_at"] > row["resolved_at"] > ""),
        ("closed, never resolved", lambda row: row["state"] == "7" and not row["resolved_at"]),
        ("closed_at but still open", lambda row: row["state"] == "2" and row["closed_at"]),
        ("reopened but resolved_at", lambda row: row["state"] == "2" and row["resolved_at"]),
        ("in an unknown state", lambda row: row["state"] == "42"),
        ("cancelled", lambda row: row["state"] == "8"),
        ("on hold", lambda row: row["state"] == "3" and row["hold_reason"]),
        ("child tickets", lambda row: row["parent_incident"]),
        ("parents", lambda row: int(row["child_incidents"]) > 1),
        ("duplicates", lambda row: row["close_code"] == "Duplicate"),
        ("duplicates in lower case", lambda row: row["close_code"] == "duplicate"),
        ("closed by nobody", lambda row: row["state"] == "7" and row["close_code"] + row["assigned_to"] == ""),
        ("put down to a change", lambda row: row["caused_by"]),
        ("waiting for a change", lambda row: row["rfc"]),
        ("linked with a problem", lambda row: row["problem_id"]),
        ("with every custom column", lambda row: row["u_is_security"] == "true" and row["u_estimated_cost"]),
    ],
)  # fmt: skip
def test_there_are_tickets(incidents: Incidents, what: str, is_so: object) -> None:
    assert callable(is_so)
    found = [row for row in incidents.values() if is_so(row)]
    assert found, what
    assert len(found) < len(incidents) * 0.9, what


def test_two_tickets_share_a_number(incidents: Incidents) -> None:
    numbers = Counter(row["number"] for row in incidents.values())
    assert set(numbers.values()) == {1, 2}


def test_old_problems_changes_and_parents_are_still_referred_to(
    company: EmbeddedInstance, incidents: Incidents
) -> None:
    oldest = stamp(seconds_of(str(NOW)) - 420 * 86_400)
    for table, column in (("problem", "problem_id"), ("change_request", "rfc"), ("incident", "parent_incident")):
        old = {row["sys_id"] for row in company.store.rows(table) if row["closed_at"] and row["closed_at"] < oldest}
        assert old, table
        if table != "incident":
            assert any(row[column] in old for row in incidents.values()), table
    assert any(row["sys_updated_on"] < oldest and row["active"] == "true" for row in incidents.values())


def test_changes_and_problems_end_in_their_ways(company: EmbeddedInstance) -> None:
    codes = Counter(row["close_code"] for row in company.store.rows("change_request") if row["state"] == "3")
    assert codes.keys() >= {"successful", "successful_issues", "unsuccessful"}
    assert {row["type"] for row in company.store.rows("change_request")} == {"normal", "standard", "emergency"}
    assert any(row["state"] == "4" for row in company.store.rows("change_request"))
    problems = list(company.store.rows("problem"))
    assert any(row["known_error"] == "true" for row in problems)
    assert all(row["problem_state"] == row["state"] for row in problems)
    kinds = {row["type"] for row in company.store.rows("cmdb_ci_outage")}
    assert kinds == {"outage", "planned", "degradation"}


def test_parents_count_the_children_that_name_them(incidents: Incidents) -> None:
    named = Counter(row["parent_incident"] for row in incidents.values() if row["parent_incident"] in incidents)
    for sys_id, row in incidents.items():
        if row["child_incidents"] != "0":
            assert named[sys_id] == int(row["child_incidents"]), row


def test_machines_repeat_themselves(incidents: Incidents) -> None:
    starts = Counter(row["short_description"][:15] for row in incidents.values() if row["contact_type"] == "monitoring")
    assert sum(count >= 10 for count in starts.values()) >= 8
