"""One cycle after another over small worlds: ties, deletes, references, rights, retention, cut-off loads."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion import warehouse
from ingestion.errors import CredentialsRefused, SourceError, TableRefused
from ingestion.settings import Credentials
from tests.integration.lake import NOW, Lake, differences, empty_lake

OLD = NOW - timedelta(days=3 * 365)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with empty_lake(tmp_path / "data") as lake:
        yield lake


def insert(lake: Lake, table: str, *rows: dict[str, Any], at: datetime = NOW) -> list[str]:
    (ids,) = lake.servicenow.control.mutate(
        {"op": "insert", "table": table, "rows": list(rows), "at": at.isoformat(), "audit": False}
    )
    return list(ids)


def update(lake: Lake, table: str, ids: list[str], at: datetime = NOW, **values: str) -> None:
    lake.servicenow.control.mutate(
        {"op": "update", "table": table, "sys_ids": ids, "values": values, "at": at.isoformat()}
    )


def test_twelve_thousand_rows_of_one_second_come_once_each(lake: Lake) -> None:
    """More rows in one second than a page holds, on the first sync and on a later one."""
    insert(lake, "incident", *({"number": f"INC{number:07d}"} for number in range(12_000)))
    assert lake.sync()["incident"].inserted == 12_000
    assert differences(lake, "incident") == [] and differences(lake, "task") == []
    later = lake.servicenow.control.advance("1h")
    update(lake, "incident", sorted(lake.ids("incident")), at=later, short_description="touched")
    lake.at(later)
    row = lake.sync()["incident"]
    assert (row.inserted, row.updated) == (0, 12_000)
    assert differences(lake, "incident") == [] and differences(lake, "task") == []


def test_audited_deletes_leave_every_table_of_the_hierarchy(lake: Lake) -> None:
    incidents = insert(lake, "incident", *({"number": f"INC{number}"} for number in range(5)))
    problems = insert(lake, "problem", {"number": "PRB1"}, {"number": "PRB2"})
    servers = insert(lake, "cmdb_ci_linux_server", {"name": "web-1"}, {"name": "web-2"})
    lake.sync()
    lake.servicenow.control.mutate(
        {"op": "delete", "table": "incident", "sys_ids": incidents[:2]},
        {"op": "delete", "table": "task", "sys_ids": problems[:1]},
        {"op": "delete", "table": "cmdb_ci", "sys_ids": servers[:1]},
    )
    lake.servicenow.control.advance("2h")
    tables = lake.sync()
    assert lake.ids("incident") == set(incidents[2:])
    assert lake.ids("problem") == {problems[1]}
    assert lake.ids("task") == {*incidents[2:], problems[1]}
    assert lake.ids("cmdb_ci") == {servers[1]}
    assert {name: row.deleted for name, row in tables.items() if row.deleted} == {
        "incident": 2,
        "problem": 1,
        "task": 3,
        "cmdb_ci": 1,
    }
    records = lake.query("SELECT table_name, sys_id, known_by FROM ticketlake.deleted_records")
    assert set(records) == {
        *(("incident", key, "audit") for key in incidents[:2]),
        *(("task", key, "audit") for key in [*incidents[:2], problems[0]]),
        ("problem", problems[0], "audit"),
        ("cmdb_ci", servers[0], "audit"),
    }


def test_an_undeleted_row_comes_back_and_its_tombstone_is_not_applied_again(lake: Lake) -> None:
    (key,) = insert(lake, "incident", {"number": "INC1"})
    lake.sync()
    lake.servicenow.control.mutate({"op": "delete", "table": "incident", "sys_id": key})
    lake.sync()
    assert lake.ids("incident") == set()
    lake.servicenow.control.mutate({"op": "undelete", "table": "incident", "sys_id": key})
    for _ in range(2):
        lake.sync()
        assert lake.ids("incident") == lake.ids("task") == {key}
    assert lake.query("SELECT * FROM ticketlake.deleted_records") == []


def test_a_choice_that_is_gone_goes(lake: Lake) -> None:
    lake.sync()
    rows = list(lake.servicenow.control.rows("sys_choice"))
    lake.servicenow.control.mutate({"op": "delete", "table": "sys_choice", "sys_id": rows[0]["sys_id"], "audit": False})
    assert lake.sync()["sys_choice"].deleted == 1
    assert differences(lake, "sys_choice") == []


def test_users_groups_and_cis_untouched_for_years_come_with_the_first_sync(lake: Lake) -> None:
    (user,) = insert(lake, "sys_user", {"name": "Ada", "user_name": "ada"}, at=OLD)
    (group,) = insert(lake, "sys_user_group", {"name": "Mainframe"}, at=OLD)
    (item,) = insert(lake, "cmdb_ci_linux_server", {"name": "old-1"}, at=OLD)
    insert(lake, "incident", {"number": "INC1", "assigned_to": user, "assignment_group": group, "cmdb_ci": item})
    lake.sync()
    assert (user, group, item) == lake.query(
        "SELECT u.sys_id, g.sys_id, c.sys_id FROM raw_servicenow.incident i"
        " JOIN raw_servicenow.sys_user u ON u.sys_id = i.assigned_to"
        " JOIN raw_servicenow.sys_user_group g ON g.sys_id = i.assignment_group"
        " JOIN raw_servicenow.cmdb_ci c ON c.sys_id = i.cmdb_ci"
    )[0]


def test_a_referenced_ticket_outside_the_window_is_fetched_once_and_an_expired_one_never_again(lake: Lake) -> None:
    recent = (NOW - timedelta(days=30)).isoformat(" ")
    ancient = OLD.isoformat(" ")
    (kept,) = insert(lake, "problem", {"number": "PRB1", "active": "false", "closed_at": recent}, at=OLD)
    (gone,) = insert(lake, "problem", {"number": "PRB2", "active": "false", "closed_at": ancient}, at=OLD)
    insert(lake, "incident", {"number": "INC1", "problem_id": kept}, {"number": "INC2", "problem_id": gone})
    lake.sync()
    assert lake.ids("problem") == {kept} and kept in lake.ids("task") and gone not in lake.ids("task")
    lake.servicenow.control.clear_requests()
    update(lake, "incident", sorted(lake.ids("incident")), short_description="touched")
    lake.sync()
    asked = [request["parameters"].get("sysparm_query", "") for request in lake.servicenow.control.requests()]
    assert not [query for query in asked if kept in query or gone in query]


def test_a_field_hidden_by_an_acl_keeps_its_last_value(lake: Lake) -> None:
    one, two = insert(lake, "incident", {"close_notes": "first"}, {"close_notes": "second"})
    lake.sync()
    lake.servicenow.control.faults({"kind": "hidden_field", "table": "incident", "field": "close_notes"})
    later = lake.servicenow.control.advance("1h")
    update(lake, "incident", [one], at=later, close_notes="unseen", short_description="seen")
    lake.sync()
    rows = lake.query("SELECT sys_id, close_notes, short_description FROM raw_servicenow.incident")
    assert {row[0]: row[1:] for row in rows} == {one: ("first", "seen"), two: ("second", None)}
    status = lake.query(
        "SELECT status FROM ticketlake.coverage WHERE (table_name, column_name) = ('incident', 'close_notes')"
    )
    assert status == [("hidden",)]


def test_an_optional_table_without_rights_is_empty_marked_and_warned_of(lake: Lake) -> None:
    lake.servicenow.control.faults(
        {"kind": "forbidden", "table": "kb_knowledge"}, {"kind": "unknown_table", "table": "task_sla"}
    )
    insert(lake, "incident", {"number": "INC1"})
    report = lake.attempt()
    assert report.status == "succeeded" and len(lake.ids("incident")) == 1
    assert len(report.warnings) == 2 and "kb_knowledge" in report.warnings[1]
    marks = lake.query("SELECT DISTINCT table_name, status FROM ticketlake.coverage WHERE status <> 'synced'")
    assert {("kb_knowledge", "hidden"), ("task_sla", "missing")} <= set(marks)


@pytest.mark.parametrize("kind", ["forbidden", "unknown_table"])
def test_a_required_table_without_rights_fails_with_the_right_that_is_missing(lake: Lake, kind: str) -> None:
    lake.servicenow.control.faults({"kind": kind, "table": "sys_user_group"})
    report = lake.attempt()
    assert report.status == "failed" and isinstance(report.error, TableRefused)
    assert "sys_user_group" in str(report.error) and report.error.exit_code == 3
    assert lake.query("SELECT count(*) FROM raw_servicenow.sys_choice") == [(0,)], "no half of a failed cycle is loaded"


def test_refused_credentials_fail_and_write_nothing(lake: Lake) -> None:
    lake.servicenow.control.clear_requests()
    wrong = Lake(lake.servicenow, lake.settings.data_dir, credentials=Credentials("ticketlake", "wrong"))
    report = wrong.attempt()
    assert isinstance(report.error, CredentialsRefused)
    assert len(lake.servicenow.control.requests()) == 1


def test_a_cut_off_first_load_is_done_again_without_duplicates(lake: Lake) -> None:
    """As a kill in the middle of loading leaves it: rows of a package that never was completed."""
    ids = insert(lake, "incident", {"number": "INC1"}, {"number": "INC2"})
    lake.sync()
    with warehouse.connect(lake.settings) as connection:
        connection.execute("DELETE FROM raw_servicenow._dlt_loads")
        connection.execute("DELETE FROM raw_servicenow._dlt_pipeline_state")
    lake.sync()
    assert lake.query("SELECT count(*), count(DISTINCT sys_id) FROM raw_servicenow.incident") == [(2, 2)]
    assert lake.ids("incident") == set(ids)


def test_a_failing_cycle_moves_no_cursor(lake: Lake) -> None:
    insert(lake, "incident", {"number": "INC1"})
    lake.sync()
    later = lake.servicenow.control.advance("2h")
    insert(lake, "incident", {"number": "INC2"}, at=later)
    lake.servicenow.control.faults({"kind": "forbidden", "table": "cmdb_ci"})
    assert lake.attempt().status == "failed"
    lake.servicenow.control.clear_faults()
    row = lake.sync()["incident"]
    assert row.cursor_before == NOW.isoformat(" ") and row.inserted == 1


def test_a_ticket_that_expires_takes_what_belongs_to_it_along(lake: Lake) -> None:
    closed = NOW - timedelta(days=390)
    dead, alive = insert(
        lake,
        "incident",
        {"number": "INC1", "state": "7", "active": "false", "closed_at": closed.isoformat(" ")},
        {"number": "INC2", "state": "2"},
        at=closed,
    )
    insert(lake, "task_sla", {"task": dead}, {"task": alive}, at=closed)
    insert(lake, "sys_audit", *({"tablename": "incident", "documentkey": key} for key in (dead, alive)), at=closed)
    lake.sync()
    assert lake.ids("incident") == {dead, alive}
    lake.at(NOW + timedelta(days=20))
    tables = lake.sync()
    assert lake.ids("incident") == lake.ids("task") == {alive}
    assert lake.query("SELECT task FROM raw_servicenow.task_sla") == [(alive,)]
    assert lake.query("SELECT documentkey FROM raw_servicenow.sys_audit") == [(alive,)]
    assert {name: row.deleted for name, row in tables.items() if row.deleted} == {
        "incident": 1,
        "task": 1,
        "task_sla": 1,
        "sys_audit": 1,
    }
    assert (dead, "retention") in lake.query("SELECT sys_id, known_by FROM ticketlake.deleted_records")
    again = lake.sync()
    full = lake.sync(full=True)
    for tables in (again, full):
        assert {name for name, row in tables.items() if row.inserted or row.updated or row.deleted} == set()


def test_a_backfill_reads_its_window_and_leaves_the_cursor(lake: Lake) -> None:
    early = NOW - timedelta(days=10)
    (key,) = insert(lake, "incident", {"short_description": "before"}, at=early)
    insert(lake, "incident", {"number": "INC2"})
    lake.sync()
    # A script that changes a row without touching its time: the delta cannot see it.
    lake.servicenow.control.mutate(
        {"op": "update", "table": "incident", "sys_id": key, "values": {"short_description": "after"}, "touch": False}
    )
    assert lake.sync()["incident"].updated == 0
    row = lake.sync(window=(early - timedelta(days=1), early + timedelta(days=1)))["incident"]
    assert (row.updated, row.cursor_before, row.cursor_after) == (1, None, None)
    assert differences(lake, "incident") == []
    assert lake.sync()["incident"].cursor_before == NOW.isoformat(" ")


def test_a_display_value_is_refused_and_nothing_is_loaded(lake: Lake) -> None:
    insert(lake, "incident", {"number": "INC1", "sys_created_on": "11/20/2026 04:00 AM"})
    report = lake.attempt()
    assert isinstance(report.error, SourceError) and "sys_created_on='11/20/2026 04:00 AM'" in str(report.error)
    assert lake.query("SELECT count(*) FROM raw_servicenow.incident") == [(0,)]


def test_a_column_added_at_the_source_is_extracted(lake: Lake) -> None:
    insert(lake, "incident", {"number": "INC1"})
    lake.sync()
    lake.servicenow.control.mutate(
        {"op": "add_column", "table": "incident", "column": {"name": "u_cost", "type": "decimal", "label": "Cost"}}
    )
    (key,) = insert(lake, "incident", {"number": "INC2", "u_cost": "12.5"})
    lake.sync()
    assert lake.query("SELECT u_cost FROM raw_servicenow.incident WHERE sys_id = ?", key) == [(12.5,)]
