"""Comparing keys with the source: what no delta and no delete feed tells is found, and nothing else is touched."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

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
    lake.servicenow.control.advance("10h")
    tables = lake.sync()
    assert (tables["incident"].deleted, tables["task"].deleted) == (5, 5)
    assert differences(lake, "incident") == [] and differences(lake, "task") == []
    known = lake.query("SELECT DISTINCT known_by FROM ticketlake.deleted_records")
    assert known == [("key_sweep",)]
    drift = lake.query("SELECT table_name FROM ticketlake.reconciliation WHERE difference <> 0")
    assert drift == []


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
