"""Two instances that share sys_ids in one warehouse: each keeps its own rows, and one failing harms no other."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import warehouse
from ingestion.errors import TransientError
from ingestion.instance import EmbeddedInstance, InstanceOptions
from ingestion.servicenow import reading, source
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import Credentials, InstanceSettings, Settings, load_settings
from orchestration.job import run_job
from orchestration.request import CycleRequest
from orchestration.state import Connectors, ConnectorStatus, StateDatabase
from tests.integration.lake import expected

NOW = datetime(2026, 11, 20, 12)
#: Ids that both instances have, by table; every other row is one instance's alone.
SHARED = {
    "sys_user": [f"aa{number:030x}" for number in range(10)],
    "sys_user_group": [f"bb{number:030x}" for number in range(7)],
    "incident": [f"{number % 16:x}c{number:030x}" for number in range(50)],
}
INCIDENTS = 400
#: Every instance has the platform's own rows under the same ids.
METADATA = {name for name, spec in TABLES.items() if spec.bootstrap} | {"sys_choice"}


@dataclass(frozen=True)
class Place:
    """One of the two instances, and the settings that reach it."""

    servicenow: EmbeddedInstance
    settings: InstanceSettings

    @property
    def name(self) -> str:
        return self.settings.name

    def truth(self, table: str) -> dict[str, dict[str, str]]:
        return {row["sys_id"]: row for row in self.servicenow.control.rows(table)}


def fill(servicenow: EmbeddedInstance, name: str, start: int) -> None:
    """Users, groups and incidents; values say whose they are, own ids begin with a digit of `start`."""

    def ids(table: str, count: int) -> list[str]:
        shared = SHARED[table]
        return shared + [f"{number % 16:x}{start}{number:030x}" for number in range(count - len(shared))]

    users, groups = ids("sys_user", 25), ids("sys_user_group", 12)
    at = (NOW - timedelta(days=5)).isoformat()
    rows: dict[str, list[dict[str, Any]]] = {
        "sys_user": [{"sys_id": key, "user_name": f"{name}.{n}", "name": f"{name} {n}"} for n, key in enumerate(users)],
        "sys_user_group": [{"sys_id": key, "name": f"{name} group {n}"} for n, key in enumerate(groups)],
        "incident": [
            {
                "sys_id": key,
                "number": f"INC{start}{n:06}",
                "short_description": f"{name}: ticket {n}",
                "opened_by": users[n % len(users)],
                "assignment_group": groups[n % len(groups)],
                "opened_at": (NOW - timedelta(days=6)).isoformat(" "),
                "u_bp_incident_id": f"bp-{name}-{n}",
                "correlation_id": f"cor-{name}-{n}",
            }
            for n, key in enumerate(ids("incident", INCIDENTS))
        ],
        "problem": [{"sys_id": f"{start}d{n:030x}", "number": f"PRB{start}{n}"} for n in range(5)],
    }
    servicenow.control.mutate(
        *({"op": "insert", "table": table, "rows": each, "at": at, "audit": False} for table, each in rows.items())
    )


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Place, Place]]:
    """North and south: other credentials, other tables, another field behind `bp_incident_id`."""
    # Little packages of little batches: a load that is cut off half-way has left rows in the warehouse.
    monkeypatch.setattr(source, "PACKAGE_BYTES", 80_000)
    monkeypatch.setattr(reading, "BATCH_ROWS", 200)
    before = dict(os.environ)
    with ExitStack() as stack:
        found = []
        for start, (name, tables, field_map) in enumerate(
            (
                ("north", tuple(TABLES), {}),
                ("south", tuple(set(TABLES) - {"problem", "kb_category"}), {"bp_incident_id": "correlation_id"}),
            ),
            3,
        ):
            login = InstanceOptions(username=f"reader.{name}", password=f"only {name} knows")
            servicenow = stack.enter_context(EmbeddedInstance(now=NOW, options=login))
            fill(servicenow, name, start)
            reached = InstanceSettings(
                name, servicenow.url, Credentials(login.username, login.password), tables, field_map,
                page_size=50, max_attempts=2, backoff_seconds=0.01,
            )  # fmt: skip
            found.append(Place(servicenow, reached))
        yield found[0], found[1]
    os.environ.clear()
    os.environ.update(before)


def held(settings: Settings, place: Place, table: str) -> dict[str, Mapping[str, Any]]:
    with warehouse.connect(settings, read_only=True) as connection:
        cursor = connection.execute(f"SELECT * FROM raw_servicenow.{table} WHERE instance = ?", [place.name])
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert len({row["sys_id"] for row in rows}) == len(rows)
    return {row["sys_id"]: row for row in rows}


def foreign_cells(settings: Settings, place: Place, table: str) -> list[str]:
    """Cells of an instance's rows that are not what that instance has, rows it does not have among them."""
    with warehouse.connect(settings, read_only=True) as connection:
        kinds = warehouse.columns_of(connection, warehouse.RAW)[table]
    truth, found = place.truth(table), []
    for key, row in held(settings, place, table).items():
        if key not in truth:
            found.append(f"{place.name}: {table}: {key} is not a row of it")
            continue
        wanted = {name: expected(truth[key][name], kinds[name]) for name in kinds.keys() & truth[key].keys()}
        found += [
            f"{place.name}: {table}: {key}: {name} is {row[name]!r}, not {value!r}"
            for name, value in wanted.items()
            if row[name] != value and name not in TABLES[table].never
        ]
    return found


def assert_complete(settings: Settings, place: Place) -> None:
    for table in TABLES:
        wanted = place.truth(table).keys() if table in place.settings.tables else set()
        assert held(settings, place, table).keys() == wanted, (place.name, table)
        assert foreign_cells(settings, place, table) == []


def published(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.published_link), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def shown(place: Place, key: str) -> tuple[str, ...]:
    """What `sdm.itsm` is to show of an incident: the number, title, group and BigPanda id of this instance."""
    row = place.truth("incident")[key]
    group = place.truth("sys_user_group")[row["assignment_group"]]["name"]
    bigpanda = row[place.settings.field_map.get("bp_incident_id", "u_bp_incident_id")]
    return place.name, key, row["number"], row["short_description"], group, bigpanda


SHOWN = (
    "select instance, sys_id, number, short_description, assignment_group, bp_incident_id from sdm.itsm order by all"
)


def test_one_instance_failing_half_way_harms_no_row_of_the_other(places: tuple[Place, Place], tmp_path: Path) -> None:
    north, south = places
    tables = [table for table in TABLES if table not in METADATA and table != "task"]
    common = [key for table in tables for key in north.truth(table).keys() & south.truth(table).keys()]
    assert len(common) == 67 and set(common) == {key for keys in SHARED.values() for key in keys}
    loaded = load_settings(environ={"TICKETLAKE_DATA_DIR": str(tmp_path / "data")})
    instances = {"south": south.settings, "north": north.settings}
    settings = replace(loaded, fixed_now=NOW, instances=instances)

    # The south, which is asked first, breaks down after most of its incidents' pages.
    south.servicenow.control.faults({"kind": "server_error", "table": "incident", "api": "table", "after": 10})
    outcome = run_job(settings, CycleRequest())
    assert south.servicenow.control.hits() == [south.settings.max_attempts]
    assert (outcome.status, outcome.exit_code) == ("failed", TransientError.exit_code)
    assert outcome.error and "south: incident: 50" in outcome.error and "north" not in outcome.error
    assert {run.instance: run.status for run, _ in outcome.instances} == {"north": "succeeded", "south": "failed"}
    assert outcome.published
    assert_complete(settings, north)
    partial = held(settings, south, "incident")
    assert 0 < len(partial) < INCIDENTS
    assert [cell for table in TABLES for cell in foreign_cells(settings, south, table)] == []
    of_north = sorted(shown(north, key) for key in north.truth("incident"))
    assert [row for row in published(settings, SHOWN) if row[0] == "north"] == of_north
    states = {each.name: each.status for each in Connectors(StateDatabase(settings.state_path)).all()}
    assert states == {"north": ConnectorStatus.ACTIVE, "south": ConnectorStatus.SYNC_ERROR}

    # The next run goes on where the south stopped and leaves the north as it is.
    south.servicenow.control.clear_faults()
    south.servicenow.control.clear_requests()
    outcome = run_job(settings, CycleRequest())
    assert (outcome.status, outcome.exit_code) == ("succeeded", 0)
    counts = {(run.instance, row["table_name"]): row for run, tables in outcome.instances for row in tables}
    assert counts["south", "incident"]["inserted"] == INCIDENTS - len(partial)
    assert counts["north", "incident"]["inserted"] == counts["north", "incident"]["updated"] == 0
    assert_complete(settings, north)
    assert_complete(settings, south)
    wanted = of_north + sorted(shown(south, key) for key in south.truth("incident"))
    assert published(settings, SHOWN) == wanted
    both = [row for row in published(settings, SHOWN) if row[1] in SHARED["incident"]]
    assert len(both) == 2 * len(SHARED["incident"]) and len({row[2] for row in both}) == len(both)
