"""What was extracted of what exists: a row per column in `ticketlake.coverage`.

`synced`: asked for and answered. `hidden`: the dictionary lists it, every answer left it out (field
ACL), or the whole table is refused. `missing`: models read it or rows hold values of it, the instance
does not know it (any more).
`never_synced`: the table is not among this instance's tables, or was not reached yet.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from ingestion.errors import UnknownTable
from ingestion.servicenow.catalogue import TABLES
from ingestion.servicenow.source import TableRun
from ingestion.warehouse import BOOKKEEPING, RAW, columns_of, quoted

_SCHEMA = pa.schema(
    [
        ("instance", pa.string()),
        ("table_name", pa.string()),
        ("column_name", pa.string()),
        ("status", pa.string()),
        ("first_synced_at", pa.timestamp("us")),
        ("last_synced_at", pa.timestamp("us")),
        ("row_count", pa.int64()),
        ("null_share", pa.float64()),
    ]
)
_OWN_COLUMNS = {"instance", "_dlt_load_id", "_dlt_id"}


def record(
    connection: duckdb.DuckDBPyConnection, instance: str, runs: Mapping[str, TableRun], changed: Collection[str]
) -> None:
    """Bring coverage up to date after a cycle; column statistics only for tables that changed."""
    raw = columns_of(connection, RAW)
    known = {
        (table, column): (status, rows, share)
        for table, column, status, rows, share in connection.execute(
            f"SELECT table_name, column_name, status, row_count, null_share FROM {BOOKKEEPING}.coverage"
            " WHERE instance = ?",
            [instance],
        ).fetchall()
    }
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    rows: list[tuple[object, ...]] = []
    for table in TABLES:
        columns = [name for name in raw.get(table, {}) if name not in _OWN_COLUMNS]
        run = runs.get(table)
        fresh = table in changed or any((table, column) not in known for column in columns)
        statistics = _statistics(connection, instance, table, columns) if fresh else {}
        for column in columns:
            before, *figures = known.get((table, column), ("never_synced", 0, None))
            count, share = statistics.get(column, figures)
            status = _status(column, run, before)
            seen = now if status == "synced" and run else None
            rows.append((instance, table, column, status, seen, seen, count, share))
    columns_ = [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), _SCHEMA.types, strict=True)]
    connection.register("observed", pa.table(columns_, schema=_SCHEMA))
    connection.execute(
        f"INSERT INTO {BOOKKEEPING}.coverage SELECT * FROM observed ON CONFLICT DO UPDATE SET"
        " status = excluded.status, row_count = excluded.row_count, null_share = excluded.null_share,"
        " first_synced_at = coalesce(coverage.first_synced_at, excluded.first_synced_at),"
        " last_synced_at = coalesce(excluded.last_synced_at, coverage.last_synced_at)"
    )
    connection.unregister("observed")


def _status(column: str, run: TableRun | None, before: str) -> str:
    if run is None:
        return before
    if run.refused:
        return "missing" if isinstance(run.refused, UnknownTable) else "hidden"
    if column not in run.fields:
        return "missing"
    if not run.rows_read:
        return before if before in ("hidden", "synced") else "synced"
    return "hidden" if run.absent.get(column, 0) == run.rows_read else "synced"


def _statistics(
    connection: duckdb.DuckDBPyConnection, instance: str, table: str, columns: list[str]
) -> dict[str, tuple[int, float | None]]:
    """Row count and share of NULLs by column; the share is NULL for an empty table."""
    counts = connection.execute(
        f"SELECT count(*), {', '.join(f'count({quoted(column)})' for column in columns)}"
        f" FROM {RAW}.{table} WHERE instance = ?",
        [instance],
    ).fetchall()[0]
    total = counts[0]
    return {
        column: (total, 1 - filled / total if total else None)
        for column, filled in zip(columns, counts[1:], strict=True)
    }
