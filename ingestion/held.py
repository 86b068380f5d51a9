"""What the warehouse already holds of one instance: the answers the source asks for."""

from collections.abc import Callable, Mapping, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.servicenow.dictionary import Layout
from ingestion.warehouse import RAW, columns_of, ensure_columns, quoted

#: One ServiceNow type for each type of the raw layer.
_KINDS = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "DOUBLE": "decimal",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "glide_date_time",
    "DATE": "glide_date",
}

#: Told of rows as they are held and of the same rows as they came.
Note = Callable[[pa.Table, pa.Table], None]


class HeldRows:
    """Questions about the raw rows of one instance, over an open connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, instance: str) -> None:
        self._connection = connection
        self._instance = instance
        self._columns = columns_of(connection, RAW)
        #: Columns by table that are no longer asked for and keep their values.
        self.kept: Mapping[str, Sequence[str]] = {}

    def add_columns(self, layouts: Mapping[str, Layout]) -> None:
        """Give every raw table the columns that will be asked for."""
        self._connection.execute("BEGIN")
        for table, asked in layouts.items():
            ensure_columns(self._connection, table, asked.kinds, self._columns[table])
        self._connection.execute("COMMIT")
        self._columns = columns_of(self._connection, RAW)

    def kinds(self, table: str) -> dict[str, str]:
        """The ServiceNow type that each held column is stored as."""
        return {name: _KINDS[kind] for name, kind in self._columns.get(table, {}).items() if kind in _KINDS}

    def is_empty(self, table: str) -> bool:
        """Whether no row of this instance is held."""
        found = self._connection.execute(f"SELECT 1 FROM {RAW}.{table} WHERE instance = ? LIMIT 1", [self._instance])
        return not found.fetchall()

    def held_values(self, table: str, columns: Sequence[str], keys: pa.Array) -> pa.Table | None:
        """`sys_id` and the held columns among `columns`, for the rows with these keys; None where no column is held."""
        existing = self._columns.get(table, {})
        held = [quoted(column) for column in columns if column in existing]
        if not held:
            return None
        asked = pa.table({"sys_id": keys})
        self._connection.register("asked_keys", asked)
        try:
            return self._connection.execute(
                f"SELECT sys_id, {', '.join(held)} FROM {RAW}.{table} WHERE instance = ?"
                " AND sys_id IN (SELECT sys_id FROM asked_keys)",
                [self._instance],
            ).to_arrow_table()
        finally:
            self._connection.unregister("asked_keys")

    def changed(self, table: str, batch: pa.Table, note: Note | None = None) -> pa.Table:
        """The rows of a batch that are new or differ from what is held, in any column of the batch.

        `note` is told of those that differ, as they are held and as they came.
        """
        if not batch.num_rows or self.is_empty(table):
            return batch
        compared = [quoted(name) for name in batch.column_names if name not in ("instance", "sys_id")]
        differs = [f"fresh.{name} IS DISTINCT FROM held.{name}" for name in compared]
        told = "".join(f", held.{name}" for name in ("sys_id AS held_id", *compared)) if note else ""
        self._connection.register("fresh", batch)
        try:
            found = self._connection.execute(
                f"SELECT fresh.sys_id{told} FROM fresh LEFT JOIN {RAW}.{table} AS held"
                " ON held.instance = fresh.instance AND held.sys_id = fresh.sys_id"
                f" WHERE held.sys_id IS NULL OR {' OR '.join(differs)}",
            ).to_arrow_table()
        finally:
            self._connection.unregister("fresh")
        keys = found["sys_id"].combine_chunks()
        changed = batch if found.num_rows == batch.num_rows else batch.filter(pc.is_in(batch["sys_id"], value_set=keys))
        if note:
            held = found.filter(found["held_id"].is_valid()).drop_columns("held_id")
            note(held, changed.filter(pc.is_in(changed["sys_id"], value_set=held["sys_id"].combine_chunks())))
        return changed

    def with_kept(self, table: str, batch: pa.Table) -> pa.Table:
        """The batch with the held values of columns in `kept`: a merge would make them NULL."""
        names = self.kept.get(table, ())
        if not names or not batch.num_rows:
            return batch
        held = self.held_values(table, names, batch["sys_id"])
        assert held is not None  # the columns exist
        place = pc.index_in(batch["sys_id"], value_set=held["sys_id"].combine_chunks()).combine_chunks()
        for name in names:
            batch = batch.append_column(name, held[name].combine_chunks().take(place))
        return batch
