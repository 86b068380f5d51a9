"""Comparing keys with the source: what no delta and no delete feed tells is found, and nothing else is touched."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ingestion import warehouse
from ingestion.pipeline import Comparing
from ingestion.reconcile import MassDelete
from tests.integration.lake import NOW, Lake, differences, empty_lake
from tests.integration.test_cycle import insert

COMPARE = Comparing()


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with empty_lake(tmp_path / "data") as lake:
        insert(lake, "incident", *({"number": f"INC{number}"} for number in range(100)))
        lake.sync()
        yield lake


def delete(lake: Lake, ids: list[str]) -> None:
    lake.servicenow.control.mutate({"op": "delete", "table": "incident", "sys_ids": ids, "audit": False})


def test_deletes_without_a_trace_are_found_once_a_day_by_the_sources_clock(lake: Lake) -> None:
    ids = sorted(lake.ids("incident"))
    delete(lake, ids[:5])
    for _ in range(3):
        lake.servicenow.control.advance("2h")
        assert lake.sync()["incident"].deleted == 0
        assert last_counts(lake, "incident") == (95, 100, 0, -5)
    lake.servicenow.control.advance("10h")
    tables = lake.sync()
    assert (tables["incident"].deleted, tables["task"].deleted) == (5, 5)
    assert differences(lake, "incident") == [] and differences(lake, "task") == []
    known = lake.query("SELECT DISTINCT known_by FROM ticketlake.deleted_records")
    assert known == [("key_sweep",)]
    assert last_counts(lake, "incident") == (95, 95, 0, 0)


def test_where_no_delete_feed_can_be_read_every_sync_compares(lake: Lake) -> None:
    lake.servicenow.control.faults({"kind": "forbidden", "table": "sys_audit_delete"})
    ids = sorted(lake.ids("incident"))
    lake.servicenow.control.mutate({"op": "delete", "table": "incident", "sys_ids": ids[:3]})
    assert lake.sync()["incident"].deleted == 3


def test_a_row_hidden_by_an_acl_is_kept_and_counted(lake: Lake) -> None:
    ids = sorted(lake.ids("incident"))
    lake.servicenow.control.faults({"kind": "hidden_rows", "table": "incident", "sys_ids": ids[:4]})
    delete(lake, ids[4:6])
    assert lake.sync(comparison=COMPARE)["incident"].deleted == 2
    assert lake.ids("incident") == set(ids) - set(ids[4:6])
    counts = lake.query(
        "SELECT source_count, warehouse_count, hidden_count, difference FROM ticketlake.reconciliation"
        " WHERE table_name = 'incident' ORDER BY checked_at DESC LIMIT 1"
    )
    assert counts[-1] == (98, 98, 4, 0)


def test_a_mass_delete_is_refused_until_it_is_allowed(lake: Lake) -> None:
    ids = sorted(lake.ids("incident"))
    delete(lake, ids[:51])
    report = lake.attempt(comparison=COMPARE)
    assert report.status == "failed" and isinstance(report.error, MassDelete)
    assert "51 of 100" in str(report.error) and "--allow-mass-delete" in str(report.error)
    assert lake.ids("incident") == set(ids)
    tables = lake.sync(comparison=Comparing(allow_mass_delete=True))
    assert tables["incident"].deleted == 51 and lake.ids("incident") == set(ids[51:])


def test_a_row_changed_without_its_time_is_healed(lake: Lake) -> None:
    one, two, *_ = sorted(lake.ids("incident"))
    # The cursor goes on, so that its overlap does not reach the two rows.
    insert(lake, "incident", {"number": "later"}, at=lake.servicenow.control.advance("1h"))
    lake.sync()
    change = {"op": "update", "table": "incident", "touch": False}
    lake.servicenow.control.mutate(
        {**change, "sys_id": one, "values": {"short_description": "silent", "sys_mod_count": "7"}},
        {**change, "sys_id": two, "values": {"short_description": "quite silent"}},
    )
    assert lake.sync()["incident"].updated == 0
    assert lake.sync(comparison=COMPARE)["incident"].updated == 1
    assert lake.sync(comparison=Comparing(content=True))["incident"].updated == 1
    assert differences(lake, "incident") == []


def test_an_expired_ticket_is_not_brought_back(lake: Lake) -> None:
    closed = NOW - timedelta(days=398)
    (key,) = insert(lake, "incident", {"state": "7", "active": "false", "closed_at": closed.isoformat(" ")}, at=NOW)
    insert(lake, "task_sla", {"task": key})
    lake.at(NOW + timedelta(days=5))
    lake.sync()
    for _ in range(2):
        lake.servicenow.control.clear_requests()
        tables = lake.sync(comparison=COMPARE)
        assert key not in lake.ids("incident") | lake.ids("task")
        assert {name for name, row in tables.items() if row.inserted or row.deleted} == set()
    asked = [request["parameters"].get("sysparm_query", "") for request in lake.servicenow.control.requests()]
    assert not [query for query in asked if f"IN{key}" in query]


def last_counts(lake: Lake, table: str) -> tuple[object, ...]:
    (row,) = lake.query(
        "SELECT source_count, warehouse_count, hidden_count, difference FROM ticketlake.reconciliation"
        f" WHERE table_name = '{table}' ORDER BY checked_at DESC LIMIT 1"
    )
    return row


def test_counts_of_source_and_warehouse_are_taken_at_each_sync(lake: Lake) -> None:
    assert last_counts(lake, "incident") == (100, 100, 0, 0)
    insert(lake, "incident", {"number": "later"}, at=lake.servicenow.control.advance("1h"))
    lake.sync()
    assert last_counts(lake, "incident") == (101, 101, 0, 0)
    assert lake.query("SELECT count(DISTINCT checked_at) FROM ticketlake.reconciliation") == [(2,)]


def test_rows_hidden_from_the_first_sync_on_are_counted_as_hidden(tmp_path: Path) -> None:
    with empty_lake(tmp_path / "data") as lake:
        ids = insert(lake, "incident", *({"number": f"INC{number}"} for number in range(30)))
        lake.servicenow.control.faults({"kind": "hidden_rows", "table": "incident", "sys_ids": ids[:4]})
        lake.sync()
        assert last_counts(lake, "incident") == (30, 26, 4, 0)
        lake.servicenow.control.advance("2h")
        lake.sync()
        assert last_counts(lake, "incident") == (30, 26, 4, 0)


def test_a_lost_row_shows_as_drift_until_the_comparison_heals_it(lake: Lake) -> None:
    insert(lake, "incident", {"number": "later"}, at=lake.servicenow.control.advance("2h"))
    lake.sync()
    with warehouse.connect(lake.settings) as connection:
        for table in ("incident", "task"):
            connection.execute(f"DELETE FROM raw_servicenow.{table} WHERE number IN ('INC1', 'INC2')")
    lake.servicenow.control.advance("2h")
    lake.sync()
    assert last_counts(lake, "incident") == (101, 99, 0, 2)
    assert lake.sync(comparison=COMPARE)["incident"].inserted == 2
    assert last_counts(lake, "incident") == (101, 101, 0, 0)


def test_users_groups_and_items_are_compared_by_content_once_a_day(lake: Lake) -> None:
    """Scripts change them without moving `sys_updated_on`: new, changed, unchanged and gone are counted."""
    users = insert(lake, "sys_user", *({"user_name": f"user{number}", "name": f"User {number}"} for number in range(9)))
    insert(lake, "sys_user", {"user_name": "latest"}, at=lake.servicenow.control.advance("1h"))
    lake.sync()
    quiet = {"op": "update", "table": "sys_user", "touch": False, "values": {"name": "Renamed"}}
    lake.servicenow.control.advance("2h")
    lake.servicenow.control.mutate(
        {**quiet, "sys_id": users[0]}, {"op": "delete", "table": "sys_user", "sys_ids": users[1:2], "audit": False}
    )
    assert lake.sync()["sys_user"].updated == 0
    lake.servicenow.control.advance("12h")
    insert(lake, "sys_user", {"user_name": "new"}, at=lake.servicenow.control.now())
    row = lake.sync()["sys_user"]
    held = len(lake.ids("sys_user"))
    assert (row.inserted, row.updated, row.unchanged, row.deleted) == (1, 1, held - 2, 1)
    assert differences(lake, "sys_user") == []
