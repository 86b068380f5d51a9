"""Two warehouses, built once for all workers: an empty one and one with hand-made and random tickets."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import MadeOnce
from tests.transform import cases, hand_made, random_history, random_landscape, random_tickets
from tests.transform.warehouse import PROJECT, Row, build, make_warehouse

NAME = "warehouse.duckdb"


def project_files() -> set[Path]:
    return {path for path in PROJECT.rglob("*") if path.is_file() and path.parent.name != "__pycache__"}


@pytest.fixture(scope="session")
def empty_warehouse(made_once: MadeOnce) -> Path:
    """A warehouse before its first sync, the models built in it."""

    def make(folder: Path) -> None:
        make_warehouse(folder / NAME, {}, [])
        before = project_files()
        build(folder / NAME, "--exclude-resource-type", "unit_test")
        assert project_files() == before, "dbt wrote into the checkout"

    return made_once("empty", make) / NAME


@pytest.fixture(scope="session")
def small_warehouse(made_once: MadeOnce) -> Path:
    """The tickets of `hand_made`, `cases` and `random_tickets`, the models built and unit-tested."""

    def make(folder: Path) -> None:
        make_warehouse(folder / NAME, small_raw(), [*hand_made.SETTINGS, *cases.SETTINGS, *random_tickets.SETTINGS])
        build(folder / NAME)

    return made_once("small", make) / NAME


def small_raw() -> dict[str, list[Row]]:
    raw: dict[str, list[Row]] = dict(hand_made.RAW)
    tickets = random_tickets.incidents()
    more: dict[str, Sequence[Row]] = {
        "incident": tickets,
        "sys_user_group": random_tickets.groups(),
        "sys_audit": random_history.raw_audit(),
        "sys_dictionary": random_history.DICTIONARY,
        "sys_choice": random_history.CHOICES,
        "sys_db_object": random_history.TABLES,
        "cmdb_ci": random_landscape.cis(),
        "cmdb_ci_service": random_landscape.services(),
        "task_ci": random_landscape.affected_cis(tickets),
        "change_request": random_landscape.changes(),
        "change_task": random_landscape.change_tasks(),
        "incident_task": random_landscape.incident_tasks(),
        "cmdb_ci_outage": random_landscape.outages(),
    }
    for table, rows in (*more.items(), *cases.RAW.items()):
        raw[table] = [*raw.get(table, []), *rows]
    return raw
