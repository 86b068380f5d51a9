"""Every table and column of the public contract exists, typed and commented, before there is any row; and is filled."""

import shutil
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
import yaml

from ingestion.settings import Settings
from orchestration.publish import publish
from orchestration.state import StateDatabase
from tests.transform.warehouse import query

CONTRACT = yaml.safe_load((Path(__file__).resolve().parents[1] / "contract.yml").read_text(encoding="utf-8"))
TABLES = [(schema, table) for schema in ("sdm", "metrics", "meta") for table in CONTRACT[schema]]

#: Schemas that tickets fill.
OF_TICKETS = ("sdm", "metrics")


@pytest.fixture(scope="module")
def published(empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What readers open before the first sync."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("published"))
    shutil.copy(empty_warehouse, settings.warehouse_path)
    return publish(settings, StateDatabase(settings.state_path), "empty", datetime(2024, 2, 29)).path


@pytest.mark.parametrize(("schema", "table"), TABLES)
def test_a_table_has_the_columns_of_the_contract(published: Path, schema: str, table: str) -> None:
    promised = CONTRACT[schema][table]["columns"]
    found = {
        str(name): (data_type, nullable)
        for name, data_type, nullable in query(
            published,
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns()"
            f" WHERE schema_name = '{schema}' AND table_name = '{table}'",
        )
    }
    # Columns may be added to those of the contract.
    assert {name: found.get(name, ("missing",)) for name in promised} == {
        name: (CONTRACT["types"][code.rstrip("!")], not code.endswith("!")) for name, code in promised.items()
    }


@pytest.mark.parametrize(("schema", "table"), TABLES)
def test_a_table_and_its_columns_have_comments(published: Path, schema: str, table: str) -> None:
    where = f"schema_name = '{schema}' AND table_name = '{table}'"
    comments = query(
        published,
        f"SELECT table_name, comment FROM duckdb_tables() WHERE {where}"
        f" UNION ALL SELECT column_name, comment FROM duckdb_columns() WHERE {where}",
    )
    assert {name for name, _ in comments} >= {table, *CONTRACT[schema][table]["columns"]}
    assert [name for name, comment in comments if not comment] == []


@pytest.mark.parametrize(("schema", "table"), TABLES)
def test_a_table_is_empty_before_the_first_sync(empty_warehouse: Path, schema: str, table: str) -> None:
    assert query(empty_warehouse, f'SELECT count(*) FROM {schema}."{table}"') == [(0,)]


@pytest.mark.parametrize(("schema", "table"), [place for place in TABLES if place[0] in OF_TICKETS])
def test_every_column_is_filled_by_some_ticket(small_warehouse: Path, schema: str, table: str) -> None:
    columns = list(CONTRACT[schema][table]["columns"])
    counts = ", ".join(f'count("{column}")' for column in columns)
    (found,) = query(small_warehouse, f'SELECT {counts} FROM {schema}."{table}"')
    assert [column for column, count in zip(columns, found, strict=True) if not count] == []


#: One value of each type of the contract.
SAMPLES = {
    "TS": datetime(2024, 2, 29, 23, 59, 59),
    "TXT": "a text",
    "INT": 7,
    "BIG": 2**40,
    "DBL": 0.25,
    "BOOL": True,
    "DATE": date(2024, 2, 29),
}


@pytest.mark.parametrize("table", CONTRACT["meta"])
def test_meta_shows_what_is_written_after_the_models_were_built(
    empty_warehouse: Path, tmp_path: Path, table: str
) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copy(empty_warehouse, warehouse)
    row = {name: SAMPLES[code.rstrip("!")] for name, code in CONTRACT["meta"][table]["columns"].items()}
    names = ", ".join(row)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            f"INSERT INTO ticketlake.{table} ({names}) VALUES ({', '.join('?' for _ in row)})", list(row.values())
        )
    assert query(warehouse, f"SELECT {names} FROM meta.{table}") == [tuple(row.values())]
