"""`run_checks` on a warehouse file: what it returns, what it writes, what it leaves out."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import QualityError
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import Settings
from ingestion.warehouse import RAW, connect, ensure_schema, prepare_data_dir
from orchestration.quality import run_checks
from orchestration.quality.public_expectations import PUBLIC_TABLES
from tests.quality.healthy import INCIDENT, INSTANCE, fill_public, fill_raw, insert

TABLE = f"{RAW}.incident"


@pytest.fixture
def warehouse(settings: Settings, contract: dict[str, dict[str, Any]]) -> Settings:
    """Settings of a data directory with a healthy warehouse."""
    prepare_data_dir(settings)
    with connect(settings) as con:
        fill_raw(con)
        fill_public(con, {name: table["columns"] for name, table in contract.items()})
    return settings


def execute(settings: Settings, statement: str) -> None:
    with connect(settings) as con:
        con.execute(statement)


def written(settings: Settings) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((settings.reports_dir / "data-quality.json").read_text(encoding="utf-8"))
    return document["layers"]


def test_a_warehouse_before_its_first_load_has_nothing_wrong_with_it(settings: Settings) -> None:
    prepare_data_dir(settings)
    with connect(settings) as con:
        ensure_schema(con)
    report = run_checks(settings, "raw")
    assert report.failed_critical == report.failed_warnings == ()
    assert report.row_counts[TABLE] == 0


def test_a_critical_failure_stops_with_exit_code_4_and_names_the_row(warehouse: Settings) -> None:
    execute(warehouse, f"INSERT INTO {TABLE} SELECT * FROM {TABLE} WHERE sys_id = '{INCIDENT}'")
    report = run_checks(warehouse, "raw")
    assert {result.name for result in report.failed_critical} == {"duplicate_keys", "load_keys_unique"}
    with pytest.raises(QualityError, match=f"{TABLE} duplicate_keys: critical failure.*{INSTANCE}/{INCIDENT}") as error:
        report.raise_on_critical()
    assert error.value.exit_code == 4


def test_a_warning_stops_nothing(warehouse: Settings) -> None:
    execute(warehouse, f"UPDATE {TABLE} SET priority = 9")
    report = run_checks(warehouse, "raw")
    report.raise_on_critical()
    assert {result.name for result in report.failed_warnings} == {"priority_unknown_share", "load_priority_range"}


def test_the_files_hold_the_newest_result_of_each_layer(warehouse: Settings) -> None:
    run_checks(warehouse, "raw")
    run_checks(warehouse, "public")
    execute(warehouse, "DELETE FROM metrics.excluded")
    run_checks(warehouse, "public")
    layers = written(warehouse)
    assert list(layers) == ["raw", "public"]
    assert layers["raw"]["failed_critical"] == 0
    assert [row["name"] for row in layers["public"]["results"] if not row["success"]] == ["tickets_unaccounted_for"]
    page = (warehouse.reports_dir / "data-quality.html").read_text(encoding="utf-8")
    assert "tickets_unaccounted_for" in page
    assert "1 critical failures" in page


def test_the_files_hold_keys_and_no_values(warehouse: Settings) -> None:
    canary = "Ann Lee <ann@example.com>"
    execute(warehouse, f"UPDATE {TABLE} SET number = '{canary}', short_description = '{canary}', state = NULL")
    report = run_checks(warehouse, "raw")
    assert {result.name for result in report.failed_critical} == {"state_null_share"}
    # Critical failures have Data Docs too, one page a table.
    docs = warehouse.reports_dir / "data-docs" / "raw"
    assert {path.stem for path in docs.iterdir()} == {"index", *(f"{RAW}.{name}" for name in TABLES)}
    written = [path for path in warehouse.reports_dir.rglob("*") if path.is_file()]
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert "Ann Lee" not in text and "ann@example.com" not in text, path
        assert "://" not in text and "<script" not in text, f"{path} asks somebody for something"
        assert path.parent == docs or INCIDENT in text
    page = (docs / f"{TABLE}.html").read_text(encoding="utf-8")
    assert "state_null_share: share of incidents without state; at most 0.05 (critical)" in page
    assert INCIDENT in page and "exception" not in page.lower()
    assert INCIDENT not in (docs / f"{RAW}.sys_user.html").read_text(encoding="utf-8")


def test_rows_are_looked_at_once_unless_they_failed(warehouse: Settings) -> None:
    def row_results() -> dict[str, bool]:
        report = run_checks(warehouse, "raw")
        return {
            result.name: result.success
            for result in report.results
            if result.table == TABLE and result.name.startswith("load_")
        }

    assert all(row_results().values())
    assert row_results() == {}, "no load package came since"

    def load(package: str) -> None:
        with connect(warehouse) as con:
            insert(con, TABLE, sys_id="a" * 32, number="see e-mail", _dlt_load_id=package)

    load("1763726401.5")
    assert row_results()["load_number_format"] is False
    load("1763726402.5")
    assert row_results()["load_keys_unique"] is True, "only the new package's row is looked at"
    execute(warehouse, f"DELETE FROM {TABLE} WHERE sys_id = '{'a' * 32}'")
    load("1763726403.5")
    load("1763726403.5")
    assert row_results()["load_keys_unique"] is False
    assert row_results()["load_keys_unique"] is False, "a critical failure is looked at until it is gone"


def test_a_damaged_report_is_written_anew(warehouse: Settings) -> None:
    warehouse.reports_dir.mkdir()
    counts = '{"layers": {"public": {"results": [], "counts": {"sdm.itsm": %s}, "checked_loads": {"x": 2}}}}'
    for damage in ("", "[]", counts % "3", counts % '{"prod": [1, "2"]}'):
        (warehouse.reports_dir / "data-quality.json").write_text(damage, encoding="utf-8")
        assert run_checks(warehouse, "public").failed_critical == ()
        assert written(warehouse)["public"]["row_counts"]["sdm.itsm"] == 2


def test_an_emptied_table_stops_publishing_until_its_rows_are_back_or_the_counts_accepted(warehouse: Settings) -> None:
    table = f"{RAW}.cmdb_ci"
    with connect(warehouse) as con:
        con.execute(f"INSERT INTO {table} SELECT i.* FROM {table} i, range(60)")
        con.execute(f"UPDATE {table} SET sys_id = md5(rowid::VARCHAR)")
    run_checks(warehouse, "raw")
    execute(warehouse, f"DELETE FROM {table}")

    def emptied(*, accept_row_counts: bool = False) -> bool:
        report = run_checks(warehouse, "raw", accept_row_counts=accept_row_counts)
        return (table, "emptied") in {(result.table, result.name) for result in report.failed_critical}

    assert emptied() and emptied()
    assert not emptied(accept_row_counts=True)
    assert not emptied()


def test_now_is_the_settings_now(warehouse: Settings) -> None:
    earlier = replace(warehouse, fixed_now=warehouse.now().replace(year=2025))
    names = {result.name for result in run_checks(earlier, "raw").failed_warnings if result.table == TABLE}
    assert {"opened_at_in_future_share", "sys_updated_on_in_future"} <= names


def test_the_expectations_are_those_of_the_contract(contract: dict[str, dict[str, Any]]) -> None:
    assert PUBLIC_TABLES.keys() == contract.keys()
    for name, table in contract.items():
        assert PUBLIC_TABLES[name].key == tuple(table["key"]), name
        required = {column for column, kind in table["columns"].items() if kind.endswith("!")}
        assert set(PUBLIC_TABLES[name].required) == required, name


def test_importing_the_package_does_not_import_great_expectations() -> None:
    code = "import sys, orchestration.quality; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
