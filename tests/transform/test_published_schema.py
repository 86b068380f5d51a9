"""Every table and column of the public contract exists, typed and commented, before there is any row."""

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.transform.warehouse import query

CONTRACT = yaml.safe_load((Path(__file__).resolve().parents[1] / "contract.yml").read_text(encoding="utf-8"))
TABLES = [(schema, table) for schema in ("sdm", "metrics", "meta") for table in CONTRACT[schema]]

#: The views of `meta` show tables that forbid NULL themselves.
FORBIDS_NULL = ("sdm", "metrics")


@pytest.mark.parametrize(("schema", "table"), TABLES)
def test_a_table_has_the_columns_of_the_contract(empty_warehouse: Path, schema: str, table: str) -> None:
    promised = CONTRACT[schema][table]["columns"]
    found = {
        str(name): (data_type, nullable)
        for name, data_type, nullable in query(
            empty_warehouse,
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns()"
            f" WHERE schema_name = '{schema}' AND table_name = '{table}'",
        )
    }
    # Columns may be added to those of the contract.
    assert {name: found.get(name, ("missing",))[0] for name in promised} == {
        name: CONTRACT["types"][code.rstrip("!")] for name, code in promised.items()
    }
    if schema in FORBIDS_NULL:
        assert {name: found[name][1] for name in promised} == {
            name: not code.endswith("!") for name, code in promised.items()
        }


@pytest.mark.parametrize(("schema", "table"), TABLES)
def test_a_table_and_its_columns_have_comments(empty_warehouse: Path, schema: str, table: str) -> None:
    where = f"schema_name = '{schema}'"
    comments = query(
        empty_warehouse,
        f"SELECT table_name, comment FROM duckdb_tables() WHERE {where} AND table_name = '{table}'"
        f" UNION ALL SELECT view_name, comment FROM duckdb_views() WHERE {where} AND view_name = '{table}'"
        f" UNION ALL SELECT column_name, comment FROM duckdb_columns() WHERE {where} AND table_name = '{table}'",
    )
    assert {name for name, _ in comments} >= {table, *CONTRACT[schema][table]["columns"]}
    assert [name for name, comment in comments if not comment] == []


@pytest.mark.parametrize(("schema", "table"), TABLES)
def test_a_table_is_empty_before_the_first_sync(empty_warehouse: Path, schema: str, table: str) -> None:
    assert query(empty_warehouse, f'SELECT count(*) FROM {schema}."{table}"') == [(0,)]


def test_meta_shows_what_is_written_after_the_models_were_built(empty_warehouse: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copy(empty_warehouse, warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("INSERT INTO ticketlake.connectors VALUES ('1', 'default', 'servicenow', 'active', NULL)")
    assert query(warehouse, "SELECT name, status FROM meta.connectors") == [("default", "active")]
