"""A living company, synced while it lives: the raw layer is the instance, cell by cell."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.retention import expired_sql
from ingestion.servicenow.catalogue import TABLES, TICKET_TABLES
from tests.integration.lake import NOW, Lake, differences

START = datetime(2026, 11, 20, 6)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Synced once at the start, then in three two-hour ticks with deletes."""
    with EmbeddedInstance(Company(incidents=700, days=120, seed=7), now=START) as servicenow:
        lake = Lake(servicenow, tmp_path_factory.mktemp("company"), NOW)
        lake.sync()
        for _ in range(3):
            servicenow.control.advance("2h")
            lake.sync()
        yield lake


def in_window(lake: Lake, table: str) -> set[str]:
    """The ids that section 4 of the contract says are kept, by a reading of the instance's own rows."""
    rows = {row["sys_id"]: row for row in lake.servicenow.control.rows(table)}
    spec, since = TABLES[table], lake.settings.history_start().isoformat(" ")
    if table == "sys_audit":
        return {key for key, row in rows.items() if row["tablename"] == "incident" and row["sys_created_on"] >= since}
    if not spec.windowed:
        return set(rows)
    stamp = "sys_created_on" if spec.insert_only else "sys_updated_on"
    return {key for key, row in rows.items() if row[stamp] >= since or (spec.or_active and row["active"] == "true")}


@pytest.mark.parametrize("table", [name for name in TABLES if name not in ("task_sla", "task_ci", "sys_audit")])
def test_every_row_and_every_cell_is_the_instances(lake: Lake, table: str) -> None:
    kept = in_window(lake, table)
    if table in TICKET_TABLES:
        # Rows outside the window come by reference; expired ones, which the company has few of, do not.
        kept = kept | (lake.ids(table) & {row["sys_id"] for row in lake.servicenow.control.rows(table)})
        cutoff = lake.settings.retention_start()
        assert not lake.query(
            f"SELECT sys_id FROM raw_servicenow.{table} WHERE {expired_sql(table, lake.instance, cutoff)}"
        )
        kept -= kept - lake.ids(table) - in_force(lake, table, cutoff)
    assert differences(lake, table, among=kept) == []


def in_force(lake: Lake, table: str, cutoff: datetime) -> set[str]:
    """Ids of tickets that have not expired, by the contract's section 7."""
    ended = {"6", "7", "8"}
    alive = set()
    for row in lake.servicenow.control.rows(table):
        is_open = row["state"] not in ended if row["sys_class_name"] == "incident" else row["active"] == "true"
        end = row["closed_at"] or row.get("resolved_at", "") or row["sys_updated_on"]
        if is_open or end >= cutoff.isoformat(" "):
            alive.add(row["sys_id"])
    return alive


@pytest.mark.parametrize(("table", "column"), [("task_sla", "task"), ("task_ci", "task"), ("sys_audit", "documentkey")])
def test_what_belongs_to_a_kept_ticket_is_kept_whole(lake: Lake, table: str, column: str) -> None:
    tickets = lake.ids("task") | lake.ids("incident")
    window = in_window(lake, table)
    belonging = {row["sys_id"] for row in lake.servicenow.control.rows(table) if row[column] in tickets} & window
    assert belonging <= lake.ids(table)
    strangers = lake.ids(table) - belonging
    assert [line for line in differences(lake, table, among=lake.ids(table)) if "too many" in line] == []
    assert strangers <= window


def test_a_sync_with_nothing_changed_writes_nothing(lake: Lake) -> None:
    before = lake.load_ids()
    tables = lake.sync()
    assert lake.load_ids() == before
    assert {name for name, row in tables.items() if row.inserted or row.updated or row.deleted} == set()
    assert all(row.cursor_before == row.cursor_after for row in tables.values())


def test_no_request_asked_for_a_password_or_for_all_fields(lake: Lake) -> None:
    asked = [request for request in lake.servicenow.control.requests() if "/table/" in request["path"]]
    assert len(asked) > 50
    secrets = {
        row["element"]
        for row in lake.servicenow.control.rows("sys_dictionary")
        if row["internal_type"] in ("password", "password2", "encrypted")
    }
    assert secrets
    for request in asked:
        fields = request["parameters"]["sysparm_fields"].split(",")
        assert fields and not secrets & set(fields)


def test_no_warning_was_needed(lake: Lake) -> None:
    assert lake.attempt().warnings == []
    assert lake.settings.now() - lake.settings.history_start() > timedelta(days=390)
