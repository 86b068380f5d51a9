"""A warehouse in which every rule holds, as small as that allows: one row a table, a few where rules compare."""

import duckdb

from ingestion.servicenow.catalogue import TABLES
from ingestion.warehouse import BOOKKEEPING, RAW, columns_of, ensure_schema, quoted
from orchestration.quality.public_balances import SOURCES
from orchestration.quality.public_expectations import PUBLIC_TABLES
from orchestration.quality.raw_expectations import EXPECTED
from orchestration.state import utc_now

NOW = "2026-11-21 12:00:00"
INSTANCE = "prod"
LOAD_ID = "1763726400.5"
#: One incident, the record the public tables are about.
INCIDENT = "0" * 31 + "1"

_BY_TYPE = {
    "VARCHAR": "'text'",
    "BIGINT": "1",
    "INTEGER": "1",
    "DOUBLE": "1.0",
    "BOOLEAN": "false",
    "TIMESTAMP": f"TIMESTAMP '{NOW}'",
    "DATE": f"DATE '{NOW[:10]}'",
}
_DIMENSIONS = ["all", "priority", "assignment_group", "service", "category", "ci", "opened_by_kind", "contact_type"]
_GRAINS = {"all": "NULL::DATE", "month": "DATE '2026-11-01'", "week": "DATE '2026-11-16'", "day": "DATE '2026-11-21'"}


def fill_raw(con: duckdb.DuckDBPyConnection) -> None:
    """The raw layer without its NOT NULL constraints: a rule must be able to meet what they would stop."""
    ensure_schema(con)
    for table, columns in columns_of(con, RAW).items():
        con.execute(f"CREATE OR REPLACE TABLE {RAW}.{table} AS SELECT * FROM {RAW}.{table}")
        values = [_raw_value(table, column, kind) for column, kind in columns.items()]
        con.execute(f"INSERT INTO {RAW}.{table} VALUES ({', '.join(values)})")
    # Choices for every coded column, and a second row where a rule asks whether a table is synced at all.
    for table, expected in EXPECTED.items():
        for column in expected.coded:
            kind = columns_of(con, RAW)[table][column]
            value = _raw_value(table, column, kind).strip("'")
            insert(con, f"{RAW}.sys_choice", sys_id=f"{table}.{column}", name=table, element=column, value=value)
        for parent in {*expected.references.values(), *([expected.part_of] if expected.part_of else [])}:
            insert(con, f"{RAW}.{parent}", sys_id="f" * 32)
    con.execute(f"UPDATE {RAW}.sys_choice SET sys_id = md5(sys_id) WHERE sys_id LIKE '%.%'")
    for table in TABLES:
        con.execute(f"CREATE OR REPLACE TABLE {RAW}.{table} AS SELECT DISTINCT * FROM {RAW}.{table}")
        # A sync is dated by the real clock.
        con.execute(
            f"INSERT INTO {BOOKKEEPING}.coverage (instance, table_name, column_name, status, last_synced_at, row_count)"
            " VALUES (?, ?, 'sys_id', 'synced', ?, 1)",
            [INSTANCE, table, utc_now()],
        )


def _raw_value(table: str, column: str, kind: str) -> str:
    expected = EXPECTED[table]
    if column == "instance":
        return f"'{INSTANCE}'"
    if column == "_dlt_load_id":
        return f"'{LOAD_ID}'"
    # Every row has the same sys_id, so that references and subclasses meet.
    if column == "sys_id" or column in expected.references:
        return f"'{INCIDENT}'"
    if column == "number":
        return "'INC0010001'"
    return _BY_TYPE[kind]


def fill_public(con: duckdb.DuckDBPyConnection, contract: dict[str, dict[str, str]]) -> None:
    """The tables of the contract (`schema.table`: column: `TXT!`-like type) about one resolved incident."""
    types = {"TS": "TIMESTAMP", "TXT": "VARCHAR", "INT": "INTEGER", "BIG": "BIGINT", "DBL": "DOUBLE", "BOOL": "BOOLEAN"}
    for table, columns in contract.items():
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.partition('.')[0]}")
        kinds = {name: types.get(kind.rstrip("!"), kind.rstrip("!")) for name, kind in columns.items()}
        definition = ", ".join(f"{quoted(name)} {kind}" for name, kind in kinds.items())
        con.execute(f"CREATE TABLE {table} ({definition})")
        allowed = {name: values[0] for name, values in PUBLIC_TABLES[table].allowed.items()}
        values = [_public_value(name, kind, allowed) for name, kind in kinds.items()]
        con.execute(f"INSERT INTO {table} VALUES ({', '.join(values)})")
        if "grain" in columns:
            _spread(con, table)
    # The incident was resolved at once; a second one is open.
    con.execute("UPDATE sdm.itsm SET resolve_minutes = 0")
    con.execute("DELETE FROM metrics.excluded")
    con.execute("INSERT INTO metrics.excluded VALUES (?, 'open', 1)", [INSTANCE])
    for table, source in SOURCES.items():
        con.execute(
            f"INSERT INTO {table} SELECT p.* REPLACE (r.sys_id AS sys_id) FROM {table} p JOIN {RAW}.{source} r"
            " ON r.sys_id <> p.sys_id"
        )
    con.execute("UPDATE metrics.top_recurring_tickets SET ticket_count = 3")
    con.execute("UPDATE metrics.backlog SET open_count = 1, opened_count = 1, ended_count = 0")


def _public_value(name: str, kind: str, allowed: dict[str, str]) -> str:
    if name == "instance":
        return f"'{INSTANCE}'"
    if name in ("sys_id", "ticket_id", "incident_id"):
        return f"'{INCIDENT}'"
    return f"'{allowed[name]}'" if name in allowed else _BY_TYPE[kind]


def _spread(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """The one row for every grain and dimension."""
    grains = ", ".join(f"('{grain}', {start})" for grain, start in _GRAINS.items())
    dimensions = ", ".join(f"('{name}', {'NULL' if name == 'all' else repr('x')})" for name in _DIMENSIONS)
    con.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT t.* REPLACE (g.grain AS grain, g.start AS period_start,"
        f" d.name AS dimension, d.value AS dimension_value) FROM {table} t, (VALUES {grains}) g(grain, start),"
        f" (VALUES {dimensions}) d(name, value)"
    )


def insert(con: duckdb.DuckDBPyConnection, table: str, **changes: str) -> None:
    """A copy of the table's first row with other values."""
    values = ", ".join(f"'{value}' AS {quoted(column)}" for column, value in changes.items())
    con.execute(f"INSERT INTO {table} SELECT * REPLACE ({values}) FROM (SELECT * FROM {table} LIMIT 1)")
