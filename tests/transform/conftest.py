"""Two warehouses, built once: an empty one and one with hand-made and random tickets."""

from pathlib import Path

import pytest

from tests.transform import hand_made, random_history, random_tickets
from tests.transform.warehouse import PROJECT, build, make_warehouse


def project_files() -> set[Path]:
    return {path for path in PROJECT.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse before its first sync, the models built in it."""
    path = tmp_path_factory.mktemp("empty") / "warehouse.duckdb"
    make_warehouse(path, {}, [])
    before = project_files()
    build(path, "--exclude-resource-type", "unit_test")
    assert project_files() == before, "dbt wrote into the checkout"
    return path


@pytest.fixture(scope="session")
def small_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tickets of `hand_made` and `random_tickets`, the models built and unit-tested."""
    path = tmp_path_factory.mktemp("small") / "warehouse.duckdb"
    raw = dict(hand_made.RAW)
    raw["incident"] = [*raw["incident"], *random_tickets.incidents()]
    raw["sys_user_group"] = [*raw["sys_user_group"], *random_tickets.groups()]
    raw["sys_audit"] = [*raw["sys_audit"], *random_history.raw_audit()]
    raw["sys_dictionary"] = [*raw["sys_dictionary"], *random_history.DICTIONARY]
    raw["sys_choice"] = [*raw["sys_choice"], *random_history.CHOICES]
    raw["sys_db_object"] = [*raw["sys_db_object"], *random_history.TABLES]
    make_warehouse(path, raw, [*hand_made.SETTINGS, *random_tickets.SETTINGS])
    build(path)
    return path
