"""The queries that dashboards put to the published file: how long each takes on an open connection."""

import time
from collections.abc import Iterator
from typing import Any

import duckdb

from ingestion.settings import Settings

#: Dimensions of more values are asked for in part, as a page shows them.
_FEW_VALUES = 100
_PAGE = 50
#: Each query runs so often after one to warm up; its slowest run counts.
_RUNS = 5
#: What ranks the rows of the tables that are no time series.
_RANKED_BY = {
    "top_recurring_tickets": ("rank", "recurring_key"),
    "reassignment_paths": ("moves DESC", "from_group"),
    "excluded": ("reason", "reason"),
}


def measure_queries(settings: Settings) -> dict[str, Any]:
    """The milliseconds of every query of every metrics table, rows fetched; by SQL text."""
    with duckdb.connect(str(settings.published_link), read_only=True) as connection:
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'metrics' ORDER BY table_name"
        ).fetchall()
        return {
            table: {
                "rows": _value(connection, f"SELECT count(*) FROM metrics.{table}"),
                "queries": {query: _slowest(connection, query) for query in _queries(connection, table)},
            }
            for (table,) in tables
        }


def _slowest(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    """Milliseconds."""
    times = []
    for _ in range(1 + _RUNS):
        started = time.perf_counter()
        connection.execute(query).fetchall()
        times.append(1000 * (time.perf_counter() - started))
    return max(times[1:])


def _queries(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    columns = {name for name, *_ in connection.execute(f"SELECT * FROM metrics.{table} LIMIT 0").description or ()}
    if "dimension" not in columns:
        yield from _ranked(connection, table)
        return
    period = "as_of" if "as_of" in columns else "period_start"
    (count,) = {"resolved_count", "open_count", "closed_changes"} & columns
    grains = _values(connection, f"SELECT DISTINCT grain FROM metrics.{table}") if "grain" in columns else [None]
    for grain in grains:
        of_grain = f"grain = {_text(grain)} AND " if grain else ""
        for dimension in _values(connection, f"SELECT DISTINCT dimension FROM metrics.{table}"):
            yield from _of_dimension(connection, table, f"{of_grain}dimension = {_text(dimension)}", period, count)


def _of_dimension(
    connection: duckdb.DuckDBPyConnection, table: str, where: str, period: str, count: str
) -> Iterator[str]:
    """The series of the greatest value, the greatest values of the latest period, and all where they are few."""
    select = f"SELECT * FROM metrics.{table} WHERE {where}"
    greatest = _value(
        connection,
        f"SELECT dimension_value FROM metrics.{table} WHERE {where} GROUP BY ALL"
        f" ORDER BY sum({count}) DESC, dimension_value LIMIT 1",
    )
    latest = _value(connection, f"SELECT max({period}) FROM metrics.{table} WHERE {where}")
    of_value = f" AND dimension_value = {_text(greatest)}" if greatest is not None else ""
    of_period = f" AND {period} = DATE '{latest}'" if latest is not None else ""
    yield f"{select}{of_value} ORDER BY {period}"
    yield f"{select}{of_period} ORDER BY {count} DESC LIMIT {_PAGE}"
    values = _value(connection, f"SELECT count(DISTINCT dimension_value) FROM metrics.{table} WHERE {where}")
    if values <= _FEW_VALUES:
        yield f"{select} ORDER BY {period}, dimension_value"


def _ranked(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    """A table that is a ranking: its first page, and the rows of one value."""
    order, column = _RANKED_BY[table]
    select = f"SELECT * FROM metrics.{table}"
    yield f"{select} ORDER BY {order} LIMIT {_PAGE}"
    first = _value(connection, f"SELECT {column} FROM metrics.{table} ORDER BY {order} LIMIT 1")
    yield f"{select} WHERE {column} = {_text(first)} ORDER BY {order}"


def _values(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return sorted(value for (value,) in connection.execute(query).fetchall())


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The one value of a query; None where it has no row."""
    found = connection.execute(query).fetchone()
    return found[0] if found else None


def _text(value: object) -> str:
    escaped = str(value).replace("'", "''")
    return f"'{escaped}'"
