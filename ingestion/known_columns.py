"""What was known of the dictionary's columns, and what became of them: `known_columns` and `schema_changes`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from ingestion.warehouse import BOOKKEEPING


@dataclass(frozen=True)
class Known:
    """A column as the dictionary last had it. `is_pending`: its values have to be read (again)."""

    kind: str
    label: str
    is_removed: bool = False
    is_pending: bool = False


@dataclass(frozen=True)
class Change:
    """A row of `meta.schema_changes`.

    `old` and `new` are ServiceNow types; names where the column was renamed; types of the raw layer
    where a value made the column wider.
    """

    column: str
    change: str
    old: str | None = None
    new: str | None = None

    def __str__(self) -> str:
        ends = [f" {word} {value}" for word, value in (("from", self.old), ("to", self.new)) if value]
        return f"column {self.column} {self.change}{''.join(ends)}"


def known_columns(connection: duckdb.DuckDBPyConnection, instance: str) -> dict[str, dict[str, Known]]:
    """The dictionary's columns as last seen, by table and name."""
    found: dict[str, dict[str, Known]] = {}
    for table, column, *rest in connection.execute(
        "SELECT table_name, column_name, kind, label, is_removed, is_pending"
        f" FROM {BOOKKEEPING}.known_columns WHERE instance = ? ORDER BY ALL",
        [instance],
    ).fetchall():
        found.setdefault(table, {})[column] = Known(*rest)
    return found


def remember(connection: duckdb.DuckDBPyConnection, instance: str, table: str, known: Mapping[str, Known]) -> None:
    """Put this in the place of what was known of a table's columns."""
    connection.execute(
        f"DELETE FROM {BOOKKEEPING}.known_columns WHERE instance = ? AND table_name = ?", [instance, table]
    )
    columns = {name: [getattr(column, name) for column in known.values()] for name in Known.__dataclass_fields__}
    connection.register("now_known", pa.table({"name": list(known), **columns}))
    connection.execute(f"INSERT INTO {BOOKKEEPING}.known_columns SELECT ?, ?, * FROM now_known", [instance, table])
    connection.unregister("now_known")


def record(connection: duckdb.DuckDBPyConnection, instance: str, table: str, changes: Iterable[Change]) -> None:
    """Rows of `meta.schema_changes`, as of now."""
    now = datetime.now(UTC).replace(tzinfo=None)
    for change in changes:
        connection.execute(
            f"INSERT INTO {BOOKKEEPING}.schema_changes VALUES (?, ?, ?, ?, ?, ?, ?)",
            [instance, table, change.column, change.change, change.old, change.new, now],
        )
