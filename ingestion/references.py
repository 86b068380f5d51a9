"""References that lead outside the window (contract, section 4).

A kept row may refer to a ticket that is older than the history: that row is fetched once by its id,
unless it has expired. What was asked for and is not kept is remembered and not asked for again.
"""

from collections.abc import Iterable, Mapping

import duckdb
import pyarrow as pa

from ingestion.servicenow.catalogue import TABLES, TICKET_ROOT, TICKET_TABLES
from ingestion.servicenow.dictionary import Layout
from ingestion.warehouse import BOOKKEEPING, RAW, columns_of, quoted


def missing(
    connection: duckdb.DuckDBPyConnection, instance: str, layouts: Mapping[str, Layout], unreadable: Iterable[str]
) -> dict[str, list[str]]:
    """Ids by windowed table that kept rows refer to and that are neither held, expired nor asked for before."""
    targets = {name for name, spec in TABLES.items() if spec.windowed and name in layouts} - set(unreadable)
    existing = columns_of(connection, RAW)
    wanted: dict[str, set[str]] = {}
    for table, layout in layouts.items():
        for column, target in layout.references.items():
            if target in targets and column in existing.get(table, {}):
                found = f"SELECT {quoted(column)} AS sys_id FROM {RAW}.{table} WHERE instance = $instance"
                wanted.setdefault(target, set()).update(_absent(connection, instance, target, found))
    for target in targets.intersection(TICKET_TABLES) - {TICKET_ROOT}:
        # A ticket is one row in two tables; each half asks for the other.
        halves = f"SELECT sys_id FROM {RAW}.{TICKET_ROOT} WHERE instance = $instance AND sys_class_name = '{target}'"
        wanted.setdefault(target, set()).update(_absent(connection, instance, target, halves))
        if TICKET_ROOT in targets:
            halves = f"SELECT sys_id FROM {RAW}.{target} WHERE instance = $instance"
            wanted.setdefault(TICKET_ROOT, set()).update(_absent(connection, instance, TICKET_ROOT, halves))
    # The real class comes first: the root's row goes by what became of it.
    return {table: sorted(wanted[table]) for table in sorted(wanted, key=_root_last) if wanted[table]}


def remember(
    connection: duckdb.DuckDBPyConnection, instance: str, asked: Mapping[str, Iterable[str]], *, expired: bool = False
) -> None:
    """Note which of the ids, asked for or met, are not held now; `expired` says that this is why."""
    for table, keys in asked.items():
        connection.register("asked", pa.table({"sys_id": pa.array(keys, pa.string())}))
        connection.execute(
            f"INSERT INTO {BOOKKEEPING}.asked_references SELECT $instance, '{table}', sys_id, $expired FROM asked"
            f" WHERE sys_id NOT IN (SELECT sys_id FROM {RAW}.{table} WHERE instance = $instance)"
            " ON CONFLICT DO UPDATE SET expired = expired OR excluded.expired",
            {"instance": instance, "expired": expired},
        )
        connection.unregister("asked")


def _absent(connection: duckdb.DuckDBPyConnection, instance: str, target: str, referring: str) -> list[str]:
    rows = connection.execute(
        f"SELECT DISTINCT sys_id FROM ({referring}) AS referring WHERE sys_id IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {RAW}.{target} AS held"
        "   WHERE held.instance = $instance AND held.sys_id = referring.sys_id)"
        f" AND NOT EXISTS (SELECT 1 FROM {BOOKKEEPING}.asked_references AS asked WHERE asked.instance = $instance"
        f"   AND asked.table_name = '{target}' AND asked.sys_id = referring.sys_id)"
        f" AND NOT EXISTS (SELECT 1 FROM {BOOKKEEPING}.deleted_records AS gone WHERE gone.instance = $instance"
        f"   AND gone.table_name = '{target}' AND gone.sys_id = referring.sys_id)",
        {"instance": instance},
    ).fetchall()
    return [key for (key,) in rows]


def _root_last(table: str) -> tuple[bool, str]:
    return table == TICKET_ROOT, table
