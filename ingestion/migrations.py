"""The layouts of our own tables in the warehouse, numbered; an earlier one is brought forward when a run starts.

Layout 1 is that of the first release. Files up to layout 6 bear no number, and a release that needed a
table made it in whatever file it met: so each of those steps looks first whether its work is done.
A table that is new needs no step (`warehouse.ensure_schema` makes it); a changed one does. The raw
tables follow the dictionary and have no layout of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as release_of
from types import MappingProxyType

import duckdb

from ingestion.errors import TicketlakeError
from ingestion.phases import phase

_SCHEMA = "ticketlake"


@dataclass(frozen=True)
class Layout:
    """The number a warehouse bears, and the release that gave it."""

    number: int
    release: str


def layout_of(connection: duckdb.DuckDBPyConnection) -> Layout | None:
    """The layout of the open warehouse; None where it holds none of our tables yet."""
    tables = _tables(connection)
    if "layout" not in tables:
        return Layout(1, "0.1.0") if tables else None
    rows = connection.execute(
        f"SELECT number, ticketlake_version FROM {_SCHEMA}.layout ORDER BY number DESC LIMIT 1"
    ).fetchall()
    return Layout(*rows[0])


def refuse_later(connection: duckdb.DuckDBPyConnection, path: object) -> None:
    """Raise TicketlakeError where a later release wrote the warehouse at `path`."""
    found = layout_of(connection)
    if found is not None and found.number > LATEST:
        raise TicketlakeError(
            f"{path} has layout {found.number}, made by Ticketlake {found.release}; this is {release_of('ticketlake')}"
            f" and knows layouts up to {LATEST}: install {found.release} or later, or restore a backup of this release"
        )


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the open warehouse to the latest layout, a transaction a step; nothing where it is new.

    A step that is cut off has not happened, and is done at the next start.
    """
    found = layout_of(connection)
    if found is None:
        return
    for number in range(found.number + 1, LATEST + 1):
        connection.execute("BEGIN")
        try:
            _STEPS[number](connection)
            stamp(connection, number)
            phase(f"warehouse layout {number}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def stamp(connection: duckdb.DuckDBPyConnection, number: int | None = None) -> None:
    """Note inside a transaction that the warehouse has a layout, the latest unless told."""
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_SCHEMA}.layout"
        " (number INTEGER NOT NULL, ticketlake_version VARCHAR NOT NULL, reached_at TIMESTAMP NOT NULL)"
    )
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    connection.execute(
        f"INSERT INTO {_SCHEMA}.layout VALUES (?, ?, ?)", [number or LATEST, release_of("ticketlake"), now]
    )


def _key_of_comparisons(connection: duckdb.DuckDBPyConnection) -> None:
    """A comparison is kept once a moment."""
    keys = connection.execute(
        "SELECT 1 FROM duckdb_constraints() WHERE database_name = current_database() AND schema_name = ?"
        " AND table_name = 'reconciliation' AND constraint_type = 'PRIMARY KEY'",
        [_SCHEMA],
    ).fetchall()
    if not keys:
        _remake(
            connection,
            "reconciliation",
            "instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL, source_count BIGINT,"
            " warehouse_count BIGINT NOT NULL, hidden_count BIGINT, difference BIGINT, checked_at TIMESTAMP NOT NULL,"
            " PRIMARY KEY (instance, table_name, checked_at)",
            "SELECT DISTINCT ON (instance, table_name, checked_at) * FROM {old}",
        )


def _known_columns(connection: duckdb.DuckDBPyConnection) -> None:
    """The dictionary as last followed: the next sync takes what it finds as known."""
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_SCHEMA}.known_columns (instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL,"
        " column_name VARCHAR NOT NULL, kind VARCHAR NOT NULL, label VARCHAR NOT NULL, is_removed BOOLEAN NOT NULL,"
        " is_pending BOOLEAN NOT NULL)"
    )


def _count_baselines(connection: duckdb.DuckDBPyConnection) -> None:
    """When a table was last proven whole: the next sync compares its keys."""
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_SCHEMA}.count_baselines (instance VARCHAR NOT NULL,"
        " table_name VARCHAR NOT NULL, accounted BIGINT, hidden_count BIGINT NOT NULL, compared_at TIMESTAMP NOT NULL,"
        " PRIMARY KEY (instance, table_name))"
    )


def _why_references_are_not_held(connection: duckdb.DuckDBPyConnection) -> None:
    """Whether a row was left out because it had expired. Nobody noted it before, so each is asked for once more."""
    if "expired" not in _columns(connection, "asked_references"):
        _remake(
            connection,
            "asked_references",
            "instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL, sys_id VARCHAR NOT NULL, expired BOOLEAN NOT NULL,"
            " PRIMARY KEY (instance, table_name, sys_id)",
            "SELECT instance, table_name, sys_id, false FROM {old} WHERE false",
        )


def _seen_changes(connection: duckdb.DuckDBPyConnection) -> None:
    """Changes between syncs, where the audit cannot be read."""
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_SCHEMA}.seen_changes (instance VARCHAR NOT NULL, sys_id VARCHAR NOT NULL,"
        " field VARCHAR NOT NULL, old_value VARCHAR, new_value VARCHAR, changed_at TIMESTAMP NOT NULL,"
        " changed_by VARCHAR, update_number BIGINT NOT NULL, seen_at TIMESTAMP NOT NULL, is_pending BOOLEAN NOT NULL)"
    )


#: What brings a warehouse to each layout from the one before. A released step never changes.
_STEPS: Mapping[int, Callable[[duckdb.DuckDBPyConnection], None]] = MappingProxyType(
    {
        2: _key_of_comparisons,
        3: _known_columns,
        4: _count_baselines,
        5: _why_references_are_not_held,
        6: _seen_changes,
    }
)
LATEST = max(_STEPS)


def _remake(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: str) -> None:
    """Make a table anew: DuckDB adds neither keys nor NOT NULL to one that exists. `rows` selects from `{old}`."""
    held = f"{_SCHEMA}.{table}_before"
    connection.execute(f"CREATE TABLE {held} AS FROM {_SCHEMA}.{table}")
    connection.execute(f"DROP TABLE {_SCHEMA}.{table}")
    connection.execute(f"CREATE TABLE {_SCHEMA}.{table} ({columns})")
    connection.execute(f"INSERT INTO {_SCHEMA}.{table} {rows.format(old=held)}")
    connection.execute(f"DROP TABLE {held}")


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {
        name
        for (name,) in connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = ?",
            [_SCHEMA],
        ).fetchall()
    }


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {
        name
        for (name,) in connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = current_database()"
            " AND schema_name = ? AND table_name = ?",
            [_SCHEMA, table],
        ).fetchall()
    }
