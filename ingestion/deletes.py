"""Applying the delete feed: `sys_audit_delete` rows to held rows (Table API reference, section 7).

A tombstone names the dead row's real class, so it speaks of that class and of every table the class
extends: a deleted incident leaves `incident` and `task`. It is applied once, by its own sys_id, and
not at all where the source still serves the key (undelete).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from ingestion import seen_changes
from ingestion.servicenow.catalogue import TABLES
from ingestion.servicenow.dictionary import Dictionary
from ingestion.warehouse import BOOKKEEPING, RAW

FEED = "sys_audit_delete"
MASS_DELETE_ROWS, MASS_DELETE_SHARE = 50, 0.05


@dataclass(frozen=True)
class Tombstone:
    """A held row that the source says was deleted; `deleted_at` is the source's naive UTC."""

    key: str
    deleted_at: datetime


def candidates(
    connection: duckdb.DuckDBPyConnection, instance: str, dictionary: Dictionary
) -> dict[str, list[Tombstone]]:
    """Held rows with a tombstone not yet applied, by table."""
    classes = connection.execute(
        f"SELECT DISTINCT tablename FROM {RAW}.{FEED} AS feed WHERE instance = $instance AND {_unapplied()}",
        {"instance": instance},
    ).fetchall()
    found: dict[str, list[Tombstone]] = {}
    for (name,) in classes:
        for table in dictionary.chain(name) if name else ():
            if table in TABLES:
                held = connection.execute(
                    f"SELECT feed.documentkey, max(feed.sys_created_on) FROM {RAW}.{FEED} AS feed"
                    f" JOIN {RAW}.{table} AS held ON held.instance = feed.instance AND held.sys_id = feed.documentkey"
                    f" WHERE feed.instance = $instance AND feed.tablename = $name AND {_unapplied()} GROUP BY ALL",
                    {"instance": instance, "name": name},
                ).fetchall()
                if held:
                    found.setdefault(table, []).extend(Tombstone(key, at) for key, at in held)
    return found


def apply(
    connection: duckdb.DuckDBPyConnection,
    instance: str,
    marks: Mapping[str, Sequence[Tombstone]],
    served: Mapping[str, set[str]],
) -> dict[str, int]:
    """Remove what was deleted and mark every tombstone as applied, in one transaction; rows removed by table."""
    removed: dict[str, int] = {}
    connection.execute("BEGIN")
    try:
        for table, listed in marks.items():
            dead = {mark.key: mark.deleted_at for mark in listed if mark.key not in served.get(table, ())}
            removed[table] = remove(connection, instance, table, dead, "audit")
        connection.execute(
            f"INSERT INTO {BOOKKEEPING}.applied_tombstones"
            f" SELECT instance, sys_id FROM {RAW}.{FEED} AS feed WHERE instance = $instance AND {_unapplied()}",
            {"instance": instance},
        )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return removed


def remove(
    connection: duckdb.DuckDBPyConnection, instance: str, table: str, dead: Mapping[str, datetime], known_by: str
) -> int:
    """Delete rows by key and record each in `deleted_records`; the number of rows removed."""
    if not dead:
        return 0
    gone = pa.table({"sys_id": list(dead), "deleted_at": pa.array(list(dead.values()), pa.timestamp("us"))})
    connection.register("gone", gone)
    connection.execute(
        f"INSERT OR REPLACE INTO {BOOKKEEPING}.deleted_records"
        " SELECT $instance, $table, sys_id, deleted_at, $known_by FROM gone",
        {"instance": instance, "table": table, "known_by": known_by},
    )
    count = connection.execute(
        f"DELETE FROM {RAW}.{table} WHERE instance = $instance AND sys_id IN (SELECT sys_id FROM gone) RETURNING 1",
        {"instance": instance},
    ).fetchall()
    connection.unregister("gone")
    if table == seen_changes.TABLE:
        seen_changes.forget(connection, instance)
    return len(count)


def absent(connection: duckdb.DuckDBPyConnection, instance: str, table: str, keys: Sequence[str]) -> list[str]:
    """Held rows of a table that was read whole and brought these keys alone."""
    connection.register("present", pa.table({"sys_id": pa.array(keys, pa.string())}))
    found = connection.execute(
        f"SELECT sys_id FROM {RAW}.{table} WHERE instance = ? AND sys_id NOT IN (SELECT sys_id FROM present)",
        [instance],
    ).fetchall()
    connection.unregister("present")
    return [key for (key,) in found]


def remove_absent(
    connection: duckdb.DuckDBPyConnection, instance: str, table: str, keys: Sequence[str], now: datetime
) -> tuple[int, int]:
    """After a table was read whole: remove the rows it no longer has; (removed, refused).

    More than max(50 rows, 5 %) at once is taken for a lost right, not for a deletion: nothing is
    removed then.
    """
    gone = absent(connection, instance, table, keys)
    if len(gone) > max(MASS_DELETE_ROWS, MASS_DELETE_SHARE * (len(gone) + len(keys))):
        return 0, len(gone)
    return remove(connection, instance, table, dict.fromkeys(gone, now), "key_sweep"), 0


def forget_returned(connection: duckdb.DuckDBPyConnection, instance: str, tables: Sequence[str]) -> None:
    """A row that is held again (undelete) is no deleted record."""
    for table in tables:
        connection.execute(
            f"DELETE FROM {BOOKKEEPING}.deleted_records WHERE instance = $instance AND table_name = '{table}'"
            f" AND sys_id IN (SELECT sys_id FROM {RAW}.{table} WHERE instance = $instance)",
            {"instance": instance},
        )


def _unapplied() -> str:
    return (
        f"NOT EXISTS (SELECT 1 FROM {BOOKKEEPING}.applied_tombstones AS applied"
        " WHERE applied.instance = feed.instance AND applied.sys_id = feed.sys_id)"
    )
