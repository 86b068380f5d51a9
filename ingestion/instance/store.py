"""The rows of the instance, in one SQLite database in memory.

One physical table per hierarchy, as ServiceNow keeps tasks (Table API reference, section 5.5: TE, TF):
an incident is one row of `task`, seen with the same sys_id as a task and as an incident. All values
are text as the raw API shows them; '' is empty.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from typing import Any

from ingestion.instance.indexes import index_statements, quoted
from ingestion.instance.schema import Column, Schema

Row = dict[str, str]
#: Rows bound to one statement at a time.
_BATCH = 1000
#: Members of one `json_object` call, which takes 127 arguments at most.
_JSON_MEMBERS = 60


class StoreError(ValueError):
    """A write that the instance's tables cannot take: unknown column, key already there, no such row."""


class Store:
    """Rows by table and sys_id. All methods may be called from any thread; one lock serialises them."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.lock = threading.RLock()
        #: Grows with every write.
        self.version = 0
        #: Rows that were deleted while the instance ran, by sys_id: what an undelete brings back.
        self.deleted: dict[str, Row] = {}
        self._listeners: list[Callable[[str, str | None], None]] = []
        self._unindexed: set[str] = set()
        self._depth = 0
        self._con = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None, cached_statements=512)
        self._con.execute("PRAGMA temp_store = MEMORY")
        for table in schema:
            if not table.parent:
                self._create(table.name)

    def _create(self, root: str) -> None:
        key, filled = "PRIMARY KEY NOT NULL", "NOT NULL DEFAULT ''"
        columns = (
            f"{quoted(name)} TEXT {key if name == 'sys_id' else filled}" for name in self.schema.family_columns(root)
        )
        self._con.execute(f"CREATE TABLE {quoted(root)} ({', '.join(columns)})")
        self._unindexed.add(root)

    def close(self) -> None:
        """Frees the database; the store is of no use afterwards."""
        with self.lock:
            self._con.close()

    def on_change(self, listener: Callable[[str, str | None], None]) -> None:
        """Calls `listener(root, sys_id)` after a row changed or went; sys_id None means many rows."""
        self._listeners.append(listener)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Makes the writes inside one: all of them, or none where one fails. May be nested."""
        with self.lock:
            if self._depth == 0:
                self._con.execute("BEGIN")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._con.execute("ROLLBACK")
                    self._changed("", None)
                raise
            self._depth -= 1
            if self._depth == 0:
                self._con.execute("COMMIT")

    def _changed(self, root: str, sys_id: str | None) -> None:
        self.version += 1
        for listener in self._listeners:
            listener(root, sys_id)

    def insert(self, table: str, rows: Iterable[Mapping[str, str]]) -> int:
        """Inserts rows, missing columns as ''; answers how many.

        Rows whose keys come in the same order share one statement, so uniform rows load fastest.
        Raises StoreError for a column the table does not have, and for a sys_id already there.
        """
        root = self.schema.root(table)
        total = 0
        with self.transaction():
            for names, group in groupby(rows, key=tuple):
                self._require_columns(table, names)
                while batch := [tuple(row.values()) for row in islice(group, _BATCH)]:
                    total += self._insert_batch(root, table, names, batch)
            self.version += 1
        return total

    def _require_columns(self, table: str, names: Iterable[str]) -> None:
        known = self.schema.columns(table)
        if unknown := [name for name in names if name not in known]:
            raise StoreError(f"table {table} has no column {', '.join(unknown)}")

    def _insert_batch(self, root: str, table: str, names: Sequence[str], batch: Sequence[tuple[str, ...]]) -> int:
        # Most cells of a wide row are empty, and binding them is what an insert costs: leave columns
        # that the whole batch has empty to their default.
        filled = [(name, column) for name, column in zip(names, zip(*batch, strict=True), strict=True) if any(column)]
        if self.schema.is_classed(table) and "sys_class_name" not in names:
            filled.append(("sys_class_name", (table,) * len(batch)))
        if "sys_id" not in (name for name, _ in filled):
            raise StoreError(f"cannot insert into {table}: a row needs a sys_id")
        columns, values = zip(*filled, strict=True)
        sql = f"INSERT INTO {quoted(root)} ({','.join(map(quoted, columns))}) VALUES ({','.join('?' * len(columns))})"
        try:
            return self._con.executemany(sql, zip(*values, strict=True)).rowcount
        except sqlite3.IntegrityError as error:
            raise StoreError(f"cannot insert into {table}: {error}") from error

    def update(self, table: str, sys_id: str, changes: Mapping[str, str]) -> None:
        """Sets columns of one row. Raises StoreError for an unknown column or where there is no such row."""
        if not changes:
            return
        with self.transaction():
            row = self.get(table, sys_id)
            if row is None:
                raise StoreError(f"table {table} has no row {sys_id!r}")
            self._require_columns(row.get("sys_class_name") or table, changes)
            root = self.schema.root(table)
            assignments = ", ".join(f"{quoted(name)} = ?" for name in changes)
            self._con.execute(f"UPDATE {quoted(root)} SET {assignments} WHERE sys_id = ?", (*changes.values(), sys_id))
            self._changed(root, sys_id)

    def delete(self, table: str, sys_id: str) -> Row:
        """Removes one row and answers what it was. Raises StoreError where there is no such row."""
        with self.transaction():
            row = self.get(table, sys_id)
            if row is None:
                raise StoreError(f"table {table} has no row {sys_id!r}")
            root = self.schema.root(table)
            self._con.execute(f"DELETE FROM {quoted(root)} WHERE sys_id = ?", (sys_id,))
            self.deleted[sys_id] = row
            self._changed(root, sys_id)
            return row

    def get(self, table: str, sys_id: str) -> Row | None:
        """The row with the columns of its real class, or None where `table` does not show it."""
        root = self.schema.root(table)
        with self.lock:
            cursor = self._con.execute(f"SELECT * FROM {quoted(root)} WHERE sys_id = ?", (sys_id,))
            values = cursor.fetchone()
            if values is None:
                return None
            row = dict(zip((item[0] for item in cursor.description), values, strict=True))
            if not self.schema.is_classed(table):
                return row
            real = row["sys_class_name"]
            if table not in self.schema.lineage(real):
                return None
            return {name: row[name] for name in self.schema.columns(real)}

    def count(self, table: str) -> int:
        """Rows the table shows, those of its descendants included."""
        condition, parameters = self.visible(table)
        sql = f"SELECT count(*) FROM {quoted(self.schema.root(table))} WHERE {condition}"
        with self.lock:
            return int(self._con.execute(sql, parameters).fetchone()[0])

    def greatest(self, table: str, column: str, pattern: str) -> str:
        """The longest and then greatest value that a GLOB pattern matches, '' where none does."""
        root, name = quoted(self.schema.root(table)), quoted(column)
        with self.lock:
            found = self._con.execute(
                f"SELECT {name} FROM {root} WHERE {name} GLOB ? ORDER BY length({name}) DESC, {name} DESC LIMIT 1",
                (pattern,),
            ).fetchone()
        return str(found[0]) if found else ""

    def visible(self, table: str, alias: str = "") -> tuple[str, list[str]]:
        """The SQL condition, with its parameters, that a physical row is one of `table`'s."""
        if not self.schema.is_classed(table) or table == self.schema.root(table):
            return "1", []
        classes = self.schema.descendants(table)
        column = f"{alias}.sys_class_name" if alias else "sys_class_name"
        if len(classes) == 1:
            return f"{column} = ?", classes
        # The plus keeps SQLite from looking up class by class, which would cost the order of the walk.
        return f"+{column} IN ({','.join('?' * len(classes))})", classes

    def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Runs a SELECT on physical tables; the indexes are made at the first one."""
        with self.lock:
            if self._unindexed:
                self.build_indexes()
            return self._con.execute(sql, parameters).fetchall()

    def build_indexes(self) -> None:
        """Makes the indexes that are not there yet: after a bulk load, when it costs least."""
        with self.lock:
            while self._unindexed:
                for statement in index_statements(self.schema, self._unindexed.pop()):
                    self._con.execute(statement)

    def fetch_columns(
        self, table: str, names: Sequence[str], values: Sequence[str], key: str = "sys_id"
    ) -> list[tuple[Any, ...]]:
        """`names` of the rows whose `key` is one of `values`, in no order; a missing row is left out."""
        with self.lock:
            return self._con.execute(
                f"SELECT {','.join(map(quoted, names))} FROM {quoted(self.schema.root(table))}"
                f" WHERE {quoted(key)} IN (SELECT value FROM json_each(?))",
                (json.dumps(values),),
            ).fetchall()

    def fetch_json(self, table: str, members: Mapping[str, str], sys_ids: Sequence[str]) -> dict[str, bytes]:
        """Rows as JSON objects by sys_id: `members` are keys with the column each shows, '' for none.

        SQLite makes the JSON: five times as fast as fetching the columns and serialising them here.
        """
        names = list(members)
        parts = [names[start : start + _JSON_MEMBERS] for start in range(0, len(names), _JSON_MEMBERS)]
        objects = ", ".join(_json_object({name: members[name] for name in part}) for part in parts)
        with self.lock:
            rows = self._con.execute(
                f"SELECT sys_id, {objects or _json_object({})} FROM {quoted(self.schema.root(table))}"
                " WHERE sys_id IN (SELECT value FROM json_each(?))",
                (json.dumps(sys_ids),),
            ).fetchall()
        if len(parts) < 2:
            return dict(rows)
        return {row[0]: b"{" + b",".join([part[1:-1] for part in row[1:]]) + b"}" for row in rows}

    def rows(self, table: str, batch: int = 2000) -> Iterator[Row]:
        """Every row with the columns of `table`, in the order of insertion; other threads may write meanwhile."""
        names = list(self.schema.columns(table))
        condition, parameters = self.visible(table)
        sql = (
            f"SELECT rowid,{','.join(map(quoted, names))} FROM {quoted(self.schema.root(table))}"
            f" WHERE rowid > ? AND {condition} ORDER BY rowid LIMIT ?"
        )
        last = 0
        while True:
            with self.lock:
                found = self._con.execute(sql, (last, *parameters, batch)).fetchall()
            for values in found:
                yield dict(zip(names, values[1:], strict=True))
            if len(found) < batch:
                return
            last = found[-1][0]

    def add_column(self, table: str, column: Column) -> None:
        """Adds a column to the schema and to the rows, empty. The dictionary row is `dictionary`'s affair."""
        with self.lock:
            self.schema.add_column(table, column)
            root = self.schema.root(table)
            self._con.execute(f"ALTER TABLE {quoted(root)} ADD COLUMN {quoted(column.name)} TEXT NOT NULL DEFAULT ''")
            self._changed(root, None)

    def copy_column(self, table: str, name: str, to: str) -> None:
        """Puts the values of one column into another, in all rows; no row counts as updated."""
        with self.transaction():
            root = self.schema.root(table)
            self._con.execute(f"UPDATE {quoted(root)} SET {quoted(to)} = {quoted(name)}")
            self._changed(root, None)

    def remove_column(self, table: str, name: str) -> Column:
        """Takes a column and its values away. Raises StoreError for one that an index needs."""
        with self.lock:
            column = self.schema.own_column(table, name)
            root = self.schema.root(table)
            self.build_indexes()
            try:
                self._con.execute(f"ALTER TABLE {quoted(root)} DROP COLUMN {quoted(name)}")
            except sqlite3.OperationalError as error:
                raise StoreError(f"cannot remove column {name} of {table}: {error}") from error
            self.schema.remove_column(table, name)
            self._changed(root, None)
            return column


def _json_object(members: Mapping[str, str]) -> str:
    empty = "''"
    pairs = (f"'{name}', {quoted(column) if column else empty}" for name, column in members.items())
    return f"CAST(json_object({', '.join(pairs)}) AS BLOB)"
