"""Building what changed gives the rows that building everything gives, over many random ticks."""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingestion.deletes import forget_returned, remove
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import InstanceSettings, Settings
from ingestion.warehouse import connect, forget_built_models
from orchestration.built_models import building
from orchestration.dbt_project import PROJECT, dbt_command, prepare_manifest, raise_on_failures
from orchestration.environment import prepare_environment
from tests.transform.warehouse import dbt, query

pytestmark = pytest.mark.proof

TICKS = 10
#: How far time goes on, where that is not two hours: past the ends of periods, and back again.
_STEPS = {3: "33 days", 8: "-3 days", 10: "9 days"}
#: Columns of incident that a tick changes, each to a value that another row has, to none, or to one of nobody.
_FIELDS = (
    "state", "assignment_group", "assigned_to", "opened_by", "caller_id", "priority", "short_description", "cmdb_ci",
    "business_service", "parent_incident", "problem_id", "caused_by", "rfc", "opened_at", "resolved_at", "closed_at",
    "close_code", "reassignment_count", "reopen_count", "category", "contact_type", "made_sla", "number",
)  # fmt: skip
#: Tables that incidents refer to, and the columns of theirs that show in incidents.
_REFERRED = {
    "sys_user": ("name", "user_name", "internal_integration_user"),
    "sys_user_group": ("name",),
    "cmdb_ci": ("name", "sys_class_name"),
    "cmdb_ci_service": ("name",),
    "problem": ("number",),
    "change_request": ("number", "state", "end_date", "work_end", "cmdb_ci"),
}


@dataclass
class Tick:
    """Random changes of the raw layer, as one load would bring them."""

    connection: duckdb.DuckDBPyConnection
    chance: random.Random
    load_id: str
    now: datetime

    def keys(self, table: str, count: int) -> list[tuple[str, str]]:
        """(instance, sys_id) of so many rows at random."""
        rows = self.connection.execute(f"SELECT instance, sys_id FROM raw_servicenow.{table} ORDER BY ALL").fetchall()
        return self.chance.sample(rows, min(count, len(rows)))

    def change(self, table: str, columns: tuple[str, ...], count: int) -> None:
        for instance, sys_id in self.keys(table, count):
            for column in self.chance.sample(columns, self.chance.randint(1, min(3, len(columns)))):
                self.connection.execute(
                    f"UPDATE raw_servicenow.{table} SET {column} = ({self._value(table, column)}), _dlt_load_id = ?"
                    " WHERE instance = ? AND sys_id = ?",
                    [self.load_id, instance, sys_id],
                )

    def _value(self, table: str, column: str) -> str:
        if self.chance.random() < 0.15:
            return "NULL"
        if self.chance.random() < 0.15 and column in ("name", "short_description", "assignment_group", "cmdb_ci"):
            return f"'made up {self.chance.randint(0, 99)}'"
        if table == "incident" and column == "parent_incident":
            column = "sys_id"
        skip = self.chance.randint(0, 500)
        return (
            f"SELECT {column} FROM raw_servicenow.{table} ORDER BY {column} LIMIT 1 OFFSET"
            f" (SELECT {skip} % count(*) FROM raw_servicenow.{table})"
        )

    def copy(self, table: str, count: int) -> None:
        """New rows like others."""
        for instance, sys_id in self.keys(table, count):
            key = f"{self.load_id}-{self.chance.getrandbits(40):x}"
            self.connection.execute(
                f"INSERT INTO raw_servicenow.{table} SELECT * REPLACE (? AS sys_id, ? AS _dlt_load_id)"
                f" FROM raw_servicenow.{table} WHERE instance = ? AND sys_id = ?",
                [key, self.load_id, instance, sys_id],
            )

    def delete(self, table: str, count: int) -> None:
        """Some of what is deleted comes back in a later tick."""
        for instance, sys_id in self.keys(table, count):
            self.connection.execute(
                f"CREATE TABLE IF NOT EXISTS main.gone_{table} AS FROM raw_servicenow.{table} LIMIT 0"
            )
            self.connection.execute(
                f"INSERT INTO main.gone_{table} FROM raw_servicenow.{table} WHERE instance = ? AND sys_id = ?",
                [instance, sys_id],
            )
            remove(self.connection, instance, table, {sys_id: self.now}, "audit")

    def undelete(self, table: str) -> None:
        exists = self.connection.execute(
            f"SELECT 1 FROM duckdb_tables() WHERE table_name = 'gone_{table}' AND schema_name = 'main'"
        ).fetchall()
        if not exists:
            return
        self.connection.execute(
            f"INSERT INTO raw_servicenow.{table} SELECT * REPLACE (? AS _dlt_load_id) FROM main.gone_{table}"
            f" WHERE (instance, sys_id) NOT IN (SELECT instance, sys_id FROM raw_servicenow.{table})"
            " AND hash(sys_id) % 2 = 0 QUALIFY row_number() OVER (PARTITION BY instance, sys_id ORDER BY sys_id) = 1",
            [self.load_id],
        )
        for (instance,) in self.connection.execute("SELECT DISTINCT instance FROM ticketlake.settings").fetchall():
            forget_returned(self.connection, instance, [table])

    def audit(self, count: int) -> None:
        """Rows like others, of other incidents or other times."""
        for instance, sys_id in self.keys("sys_audit", count):
            self.connection.execute(
                "INSERT INTO raw_servicenow.sys_audit SELECT * REPLACE (? AS sys_id, ? AS _dlt_load_id,"
                " sys_created_on + to_minutes(?) AS sys_created_on, ? AS record_checkpoint)"
                " FROM raw_servicenow.sys_audit WHERE instance = ? AND sys_id = ?",
                [
                    f"{self.load_id}-{self.chance.getrandbits(40):x}", self.load_id, self.chance.randint(0, 3000),
                    self.chance.randint(0, 99), instance, sys_id,
                ],
            )  # fmt: skip

    def see(self, count: int) -> None:
        """Changes seen between syncs, of instances with an audit and without."""
        for instance, sys_id in self.keys("incident", count):
            self.connection.execute(
                "INSERT INTO ticketlake.seen_changes VALUES (?, ?, 'priority', '2', '1', ?, 'ann', ?, ?, false)",
                [instance, sys_id, self.now - timedelta(minutes=self.chance.randint(0, 90)),
                 self.chance.randint(1, 99), self.now],
            )  # fmt: skip


def everyday(tick: Tick) -> None:
    tick.change("incident", _FIELDS, 12)
    tick.copy("incident", 3)
    tick.delete("incident", 3)
    tick.audit(8)


def families(tick: Tick) -> None:
    tick.change("incident", ("parent_incident",), 15)
    tick.delete("incident", 5)


def references(tick: Tick) -> None:
    for table, columns in _REFERRED.items():
        tick.change(table, columns, 3)
        tick.copy(table, 1)
        tick.delete(table, 2)
    tick.change("incident", _FIELDS, 3)


def items(tick: Tick) -> None:
    tick.change("cmdb_ci", ("name",), 2)
    tick.change("task_ci", ("ci_item", "task"), 4)
    tick.copy("task_ci", 4)
    tick.delete("task_ci", 4)
    tick.delete("cmdb_ci", 2)


def returns(tick: Tick) -> None:
    for table in ("incident", "task_ci", *_REFERRED):
        tick.undelete(table)
    tick.see(6)


def slas(tick: Tick) -> None:
    tick.undelete("task_sla")
    tick.change("task_sla", ("has_breached", "stage", "sla", "task"), 5)
    tick.copy("task_sla", 3)
    tick.delete("task_sla", 3)
    tick.change("contract_sla", ("name", "target"), 1)
    tick.copy("contract_sla", 1)
    tick.delete("contract_sla", 1)


def titles(tick: Tick) -> None:
    """Titles that no ticket has any more, that come back, and that were there before another ticket had them."""
    tick.change("incident", ("short_description", "opened_at"), 40)
    tick.delete("incident", 10)
    tick.undelete("incident")


def nothing(tick: Tick) -> None:
    """Only time goes on."""


KINDS: tuple[Callable[[Tick], None], ...] = (
    everyday,
    references,
    items,
    families,
    returns,
    slas,
    titles,
    nothing,
)


def test_what_changed_is_built_like_everything(small_warehouse: Path, tmp_path: Path) -> None:
    settings = _settings(small_warehouse, tmp_path / "data")
    chance = random.Random(11)
    with connect(settings) as connection:
        _as_loaded(connection)
    assert _build(settings) == "full"
    rebuilt = []
    for number in range(1, TICKS + 1):
        with connect(settings) as connection:
            _advance(connection, chance, number)
        assert _build(settings) == "partial"
        rebuilt.append(query(settings.warehouse_path, "SELECT count(*) FROM intermediate.int_incidents_to_build")[0][0])
        partial = settings.data_dir / "partial.duckdb"
        settings.warehouse_path.rename(partial)
        shutil.copyfile(partial, settings.warehouse_path)
        with connect(settings) as connection:
            forget_built_models(connection)
        assert _build(settings) == "full"
        assert _differences(partial, settings.warehouse_path) == {}, f"after tick {number}"
        partial.replace(settings.warehouse_path)
    # It did build less.
    total = query(settings.warehouse_path, "SELECT count(*) FROM sdm.itsm")[0][0]
    assert sum(rebuilt) < TICKS * total / 2


def test_a_partial_build_keeps_the_views_and_makes_one_that_is_gone(small_warehouse: Path, tmp_path: Path) -> None:
    settings = _settings(small_warehouse, tmp_path / "data")
    assert _build(settings) == "full"
    with connect(settings) as connection:
        connection.execute("DROP VIEW meta.coverage")
        # A build that was killed may leave it.
        connection.execute("CREATE TABLE intermediate.int_title_groups__dbt_tmp AS SELECT 1 AS cut_off")
    assert _build(settings) == "partial"
    results = json.loads((settings.dbt_dir / "run_results.json").read_bytes())["results"]
    statuses = {result["unique_id"].split(".")[2]: result["status"] for result in results}
    manifest = json.loads((settings.dbt_dir / "manifest.json").read_bytes())["nodes"].values()
    models = [node for node in manifest if node["resource_type"] == "model"]
    views = {node["name"] for node in models if node["config"]["materialized"] == "view"}
    assert len(views) > 50
    assert {name for name in views if statuses[name] != "no-op"} == {"coverage"}
    assert {name for name in statuses.keys() - views if statuses[name] != "success"} == set()
    assert query(settings.warehouse_path, "SELECT count(*) FROM meta.coverage")
    assert query(settings.warehouse_path, "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%tmp'") == []


def test_a_build_that_failed_is_followed_by_a_full_one(small_warehouse: Path, tmp_path: Path) -> None:
    settings = _settings(small_warehouse, tmp_path / "data")
    assert _build(settings) == "full"
    with pytest.raises(RuntimeError, match="killed"), building(settings) as parts:
        assert "--full-refresh" not in parts
        raise RuntimeError("killed")
    with building(settings) as parts:
        assert "--full-refresh" in parts


def test_after_dbt_by_hand_everything_is_built(small_warehouse: Path, tmp_path: Path) -> None:
    settings = _settings(small_warehouse, tmp_path / "data")
    with building(settings):
        pass
    assert dbt("test", settings.warehouse_path, "--select", "int_calendar_days").returncode == 0
    with building(settings) as parts:
        assert "--full-refresh" not in parts
    assert dbt("run", settings.warehouse_path, "--select", "int_calendar_days").returncode == 0
    with building(settings) as parts:
        assert "--full-refresh" in parts


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE raw_servicenow.sys_choice SET label = concat(label, '!')",
        "INSERT INTO ticketlake.settings SELECT instance, 'noise_code', 'Of no use' FROM ticketlake.settings LIMIT 1",
        "ALTER TABLE raw_servicenow.incident ADD COLUMN u_more VARCHAR",
        "UPDATE raw_servicenow.sys_dictionary SET reference = 'sys_user' WHERE element = 'assignment_group'",
    ],
)
def test_what_gives_rows_their_meaning_has_everything_built(change: str, small_warehouse: Path, tmp_path: Path) -> None:
    settings = _settings(small_warehouse, tmp_path / "data")
    with building(settings):
        pass
    with connect(settings) as connection:
        connection.execute("UPDATE ticketlake.settings SET value = '2030-01-01 00:00:00' WHERE setting = 'now_at'")
    with building(settings) as parts:
        assert "--full-refresh" not in parts
    with connect(settings) as connection:
        connection.execute(change)
    with building(settings) as parts:
        assert "--full-refresh" in parts


def test_an_extra_column_with_too_many_values_for_a_dimension_has_everything_built(
    small_warehouse: Path, tmp_path: Path
) -> None:
    wanting = {"cases": InstanceSettings("cases", "", extra_columns=("short_description",))}
    settings = replace(_settings(small_warehouse, tmp_path / "data"), instances=wanting)
    more = (
        "INSERT INTO raw_servicenow.incident (instance, sys_id, short_description)"
        " SELECT '{0}', concat('more ', i), concat('title ', i) FROM range(1001) AS numbers(i)"
    )
    with building(settings):
        pass
    # Another instance's values are none of a dimension's.
    for instance, is_full in [("another", False), ("cases", True)]:
        with connect(settings) as connection:
            connection.execute(more.format(instance))
        with building(settings) as parts:
            assert ("--full-refresh" in parts) == is_full
    with building(settings) as parts:
        assert "--full-refresh" not in parts


def _settings(warehouse: Path, folder: Path) -> Settings:
    """Those of a new data directory with a copy of a warehouse."""
    folder.mkdir()
    settings = Settings(folder)
    shutil.copyfile(warehouse, settings.warehouse_path)
    return settings


def _as_loaded(connection: duckdb.DuckDBPyConnection) -> None:
    """What the fixture wrote, as if a load had brought it."""
    connection.execute("CREATE TABLE raw_servicenow._dlt_loads AS SELECT 'first' AS load_id, 0 AS status")
    for table in TABLES:
        connection.execute(f"UPDATE raw_servicenow.{table} SET _dlt_load_id = 'first'")


def _advance(connection: duckdb.DuckDBPyConnection, chance: random.Random, number: int) -> None:
    step = _STEPS.get(number, "2 hours")
    connection.execute(
        f"UPDATE ticketlake.settings SET value = CAST(CAST(value AS TIMESTAMP) + INTERVAL '{step}' AS VARCHAR)"
        " WHERE setting IN ('now_at', 'history_start_at', 'retention_start_at')"
    )
    ((now,),) = connection.execute(
        "SELECT max(CAST(value AS TIMESTAMP)) FROM ticketlake.settings WHERE setting = 'now_at'"
    ).fetchall()
    load_id = f"load-{number}"
    connection.execute("INSERT INTO raw_servicenow._dlt_loads VALUES (?, 0)", [load_id])
    tick = Tick(connection, chance, load_id, now)
    # Each kind alone first, then several together.
    kinds = [KINDS[number - 1]] if number <= len(KINDS) else chance.sample(KINDS, 3)
    for kind in kinds:
        kind(tick)


def _build(settings: Settings) -> str:
    """The models by dbt; whether that was `full` or `partial`."""
    prepare_environment(settings)
    prepare_manifest(settings)
    # The data tests are for data that a source could hold.
    with building(settings) as parts:
        places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        done = subprocess.run(
            [*dbt_command(), "run", *parts, *places], env=os.environ, capture_output=True, text=True, check=False
        )
        raise_on_failures(settings.dbt_dir)
        assert done.returncode == 0, done.stdout[-3000:]
    return "full" if "--full-refresh" in parts else "partial"


def _differences(partial: Path, whole: Path) -> dict[str, tuple[int, int]]:
    """By published table: how many rows only the one has, and only the other."""
    found = {}
    with duckdb.connect() as connection:
        for side, path in (("partial", partial), ("whole", whole)):
            # Views know the file by this name.
            connection.execute(f"ATTACH '{path}' AS warehouse (READ_ONLY); CREATE SCHEMA {side}")
            tables = connection.execute(
                "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'warehouse'"
                " AND table_schema IN ('sdm', 'metrics')"
            ).fetchall()
            for schema, table in tables:
                connection.execute(f'CREATE TABLE {side}."{schema}.{table}" AS FROM warehouse.{schema}.{table}')
            connection.execute("DETACH warehouse")
        assert len(tables) > 20
        for schema, table in tables:
            count = 'SELECT count(*) FROM (FROM {0}."{2}" EXCEPT ALL FROM {1}."{2}")'
            name = f"{schema}.{table}"
            more = connection.execute(count.format("partial", "whole", name)).fetchall()[0][0]
            less = connection.execute(count.format("whole", "partial", name)).fetchall()[0][0]
            if more or less:
                found[name] = (more, less)
    return found
