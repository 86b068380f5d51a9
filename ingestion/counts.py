"""Row counts of source and warehouse after each sync: what `meta.reconciliation` shows.

The aggregate API counts without row ACLs, so its count is larger than what can be read by the rows
that are hidden, and by those that expired and are not kept. How many those are is measured where a
table was read whole or its keys were compared; between two comparisons the rest must agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingestion.servicenow.catalogue import TABLES
from ingestion.servicenow.source import Extraction
from ingestion.servicenow.strategy import Bounds, first_bounds
from ingestion.warehouse import BOOKKEEPING, RAW


def last_compared(connection: duckdb.DuckDBPyConnection, instance: str) -> datetime | None:
    """When, by the source's clock, keys were last compared."""
    sql = f"SELECT max(compared_at) FROM {BOOKKEEPING}.count_baselines WHERE instance = ?"
    moment: datetime | None = connection.execute(sql, [instance]).fetchall()[0][0]
    return moment


@dataclass(frozen=True)
class Proof:
    """That a table holds all that the source shows, as just seen: after a whole read or a comparison of keys.

    `hidden` rows exist and are not shown. `accounted` is by how many rows the source's count exceeds
    ours for known reasons; None where the keys were compared, and whatever it exceeds them by is known.
    """

    hidden: int
    accounted: int | None = None


def record(
    connection: duckdb.DuckDBPyConnection,
    extraction: Extraction,
    tables: Sequence[str],
    proofs: Mapping[str, Proof],
    start: datetime,
    now: datetime,
) -> None:
    """A row per table: the counts inside the window that is kept, which begins at `start`, taken at `now`.

    Both times are naive UTC, `now` by the source's clock. A difference other than 0 is drift. Where
    the instance does not count, or reads times in a query in a zone of its own, it is unknown.
    """
    instance, high = extraction.instance.name, extraction.high or now
    bounds = {
        table: first_bounds(TABLES[table], cursor, start, high) or Bounds(cursor, None, high)
        for table in tables
        if (cursor := extraction.layouts[table].cursor)
    }
    counted = {} if extraction.zoned else extraction.count({table: each.query() for table, each in bounds.items()})
    known = {
        table: Proof(hidden, accounted)
        for table, accounted, hidden in connection.execute(
            f"SELECT table_name, accounted, hidden_count FROM {BOOKKEEPING}.count_baselines WHERE instance = ?",
            [instance],
        ).fetchall()
    }
    # All at once: a comparison that was cut off between two tables is still due.
    connection.execute("BEGIN")
    for table in bounds:
        source, held = counted.get(table), _held(connection, instance, table, bounds[table])
        proof = proofs.get(table) or known.get(table)
        if proof is None:
            continue
        surplus = None if source is None else source - held
        accounted = surplus if proof.accounted is None else proof.accounted
        if table in proofs:
            connection.execute(
                f"INSERT OR REPLACE INTO {BOOKKEEPING}.count_baselines VALUES (?, ?, ?, ?, ?)",
                [instance, table, accounted, proof.hidden, now],
            )
        difference = None if surplus is None or accounted is None else surplus - accounted
        connection.execute(
            f"INSERT OR REPLACE INTO {BOOKKEEPING}.reconciliation VALUES (?, ?, ?, ?, ?, ?, ?)",
            [instance, table, source, held, proof.hidden, difference, now],
        )
    connection.execute("COMMIT")


def _held(connection: duckdb.DuckDBPyConnection, instance: str, table: str, bounds: Bounds) -> int:
    since = f"({bounds.cursor} >= $low OR ({'active' if bounds.or_active else 'false'}))" if bounds.low else "true"
    given = {"instance": instance, "high": bounds.high} | ({"low": bounds.low} if bounds.low else {})
    sql = f"SELECT count(*) FROM {RAW}.{table} WHERE instance = $instance AND {bounds.cursor} <= $high AND {since}"
    return int(connection.execute(sql, given).fetchall()[0][0])
