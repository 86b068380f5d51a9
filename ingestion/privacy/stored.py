"""Rows that are stored already, brought to what the policy and erasures want of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.privacy.filter import PrivacyFilter
from ingestion.privacy.policy import AUDITED, CHANGES, SEEN, Policy
from ingestion.privacy.titles import forget_titles
from ingestion.servicenow.catalogue import TABLES
from ingestion.warehouse import BOOKKEEPING, RAW, columns_of, forget_built_models, quoted

#: Rows that are looked at together.
_ROWS = 50_000
_AUDIT = "sys_audit"


@dataclass(frozen=True)
class Changed:
    """Rows of a table in which a column was changed."""

    instance: str
    table_name: str
    column_name: str
    rows: int

    def __str__(self) -> str:
        return f"{self.instance}: {self.table_name}.{self.column_name}: changed in {self.rows:,} rows"


def change_stored(connection: duckdb.DuckDBPyConnection, instance: str, privacy: PrivacyFilter) -> list[Changed]:
    """Pass every stored row of an instance through its filter, within the caller's transaction."""
    raw = columns_of(connection, RAW)
    places = {table: (f"{RAW}.{table}", raw[table]) for table in TABLES}
    places[SEEN] = (f"{BOOKKEEPING}.{SEEN}", columns_of(connection, BOOKKEEPING)[SEEN])
    return [
        Changed(instance, table, column, rows)
        for table, (place, columns) in places.items()
        if privacy.changes(table)
        for column, rows in _change(connection, instance, privacy, table, place, list(columns)).items()
    ]


def _change(
    connection: duckdb.DuckDBPyConnection,
    instance: str,
    privacy: PrivacyFilter,
    table: str,
    place: str,
    columns: list[str],
) -> dict[str, int]:
    counts: dict[str, int] = {}
    for rows in _pieces(connection, instance, place, columns):
        after = privacy(table, rows)
        differing = {name: _differs(rows[name], after[name]) for name in columns if after[name] is not rows[name]}
        differing = {name: mask for name, mask in differing.items() if pc.any(mask).as_py()}
        if not differing:
            continue
        any_differs = None
        for name, mask in differing.items():
            counts[name] = counts.get(name, 0) + int(pc.sum(mask).as_py())
            any_differs = mask if any_differs is None else pc.or_(any_differs, mask)
        values = ", ".join(f"{quoted(name)} = after.{quoted(name)}" for name in differing)
        connection.register("after", after.select(["_row", *differing]).filter(any_differs))
        connection.execute(f"UPDATE {place} AS held SET {values} FROM after WHERE held.rowid = after._row")
        connection.unregister("after")
    if counts:
        # The rows keep the loads that brought them.
        forget_built_models(connection)
    return counts


def _pieces(connection: duckdb.DuckDBPyConnection, instance: str, place: str, columns: list[str]) -> Iterator[pa.Table]:
    """The rows, some at a time, with their place in the table as `_row`."""
    ((last,),) = connection.execute(f"SELECT max(rowid) FROM {place} WHERE instance = ?", [instance]).fetchall()
    names = ", ".join(map(quoted, columns))
    for first in range(0, (-1 if last is None else last) + 1, _ROWS):
        yield connection.execute(
            f"SELECT rowid AS _row, {names} FROM {place} WHERE instance = ? AND rowid BETWEEN ? AND ?",
            [instance, first, first + _ROWS - 1],
        ).to_arrow_table()


def _differs(before: pa.ChunkedArray, after: pa.ChunkedArray) -> pa.ChunkedArray:
    """True where a value is another one; a value and NULL differ."""
    unequal = pc.fill_null(pc.not_equal(before, after), False)
    return pc.or_(unequal, pc.xor(pc.is_null(before), pc.is_null(after)))


def follow_policy(connection: duckdb.DuckDBPyConnection, instance: str, privacy: PrivacyFilter) -> list[Changed]:
    """Where the policy has changed since the last cycle: bring the stored rows to it, in one transaction.

    Columns that are kept as they were, or looser than before, are marked to be read again: what was taken out of
    them is at the source alone. Files have to be written anew afterwards.
    """
    found = connection.execute(
        f"SELECT policy FROM {BOOKKEEPING}.privacy_policies WHERE instance = ?", [instance]
    ).fetchall()
    before, now = Policy.from_json(found[0][0]) if found else Policy(), privacy.policy
    if before.to_json() == now.to_json():
        return []
    connection.execute("BEGIN")
    try:
        lines = change_stored(connection, instance, privacy)
        for table in TABLES:
            _follow_columns(connection, instance, table, before.of(table), now.of(table))
        loosened = before.of(AUDITED).items() - now.of(AUDITED).items()
        if loosened:
            _read_again(connection, instance, _AUDIT, list(CHANGES[_AUDIT][1]))
        connection.execute(
            f"INSERT OR REPLACE INTO {BOOKKEEPING}.privacy_policies VALUES (?, ?)", [instance, now.to_json()]
        )
        title = now.of(AUDITED).get("short_description")
        if lines and title:
            forget_titles(connection, lambda text: privacy.acted(text, title))
        if lines:
            want_rewrite(connection, f"privacy policy of {instance}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return lines


def _follow_columns(
    connection: duckdb.DuckDBPyConnection, instance: str, table: str, before: dict[str, str], now: dict[str, str]
) -> None:
    """Forget dropped columns, so that nobody takes them for removed; read again what was changed by another action."""
    dropped = [name for name, action in now.items() if action == "drop"]
    connection.execute(
        f"DELETE FROM {BOOKKEEPING}.known_columns WHERE instance = ? AND table_name = ?"
        " AND list_contains(?, column_name)",
        [instance, table, dropped],
    )
    _read_again(
        connection,
        instance,
        table,
        [name for name, action in before.items() if action != now.get(name) and name not in dropped],
    )


def _read_again(connection: duckdb.DuckDBPyConnection, instance: str, table: str, columns: list[str]) -> None:
    connection.execute(
        f"UPDATE {BOOKKEEPING}.known_columns SET is_pending = true WHERE instance = ? AND table_name = ?"
        " AND list_contains(?, column_name)",
        [instance, table, columns],
    )


def want_rewrite(connection: duckdb.DuckDBPyConnection, reason: str) -> None:
    """Note that files hold what rows no longer do: they are written anew before the next version is published."""
    connection.execute(
        f"INSERT INTO {BOOKKEEPING}.pending_rewrites VALUES (?, ?)", [reason, datetime.now(UTC).replace(tzinfo=None)]
    )


def note_dropped(connection: duckdb.DuckDBPyConnection, instance: str, policy: Policy) -> None:
    """Say in coverage that dropped columns are not synced; the instance has them, so they are not missing."""
    for table in TABLES if policy else ():
        connection.execute(
            f"UPDATE {BOOKKEEPING}.coverage SET status = 'never_synced' WHERE instance = ? AND table_name = ?"
            " AND list_contains(?, column_name) AND status <> 'never_synced'",
            [instance, table, sorted(policy.dropped(table))],
        )
