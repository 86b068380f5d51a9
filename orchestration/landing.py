"""Landing `state.sqlite` in the warehouse, where the `meta` models read it.

It happens inside publishing, so the current run and its connectors are written as what they will be
once it has succeeded: readers of the published file never see the run that made it as running.
"""

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType

import duckdb
import pyarrow as pa

from ingestion.warehouse import BOOKKEEPING
from orchestration.schedule import tick_of
from orchestration.state import Connectors, ConnectorStatus, Publication, StateDatabase
from orchestration.state.database import text_of, utc_now

#: Warehouse table: the query that gives its columns from the state.
_QUERIES: Mapping[str, str] = MappingProxyType(
    {
        "sync_runs": "select run_id, instance, kind, status, started_at, finished_at, config_version, error from runs",
        "sync_tables": "select run_id, instance, table_name, rows_read, inserted, updated, unchanged, deleted,"
        " requests, bytes, retries, seconds, cursor_before, cursor_after from run_tables",
        "connectors": "select id, name, type, status, rescheduled_for from connectors",
        "publications": "select run_id, published_at, data_as_of, ticketlake_version from publications",
    }
)


def land(connection: duckdb.DuckDBPyConnection, database: StateDatabase, publication: Publication, cron: str) -> None:
    """Replace the bookkeeping tables of state with what holds once `publication` is out.

    `cron` is when the schedule comes round for connectors that have no schedule of their own.
    """
    ticks = [(tick_of(each, cron), each.name) for each in Connectors(database).all()]
    frames = {table: _frame(database.rows(query)) for table, query in _QUERIES.items()}
    run_id, now = publication.run_id, text_of(utc_now())
    connection.execute("begin")
    for table, frame in frames.items():
        connection.execute(f"delete from {BOOKKEEPING}.{table}")
        if frame is not None:
            connection.register("landed", frame)
            connection.execute(f"insert into {BOOKKEEPING}.{table} by name select * from landed")
            connection.unregister("landed")
    connection.execute(
        f"update {BOOKKEEPING}.sync_runs set status = 'succeeded', finished_at = ?"
        " where run_id = ? and status = 'running'",
        [now, run_id],
    )
    for tick, name in ticks:
        connection.execute(
            f"update {BOOKKEEPING}.connectors set status = ?, rescheduled_for = ? where status in (?, ?) and name in"
            f" (select instance from {BOOKKEEPING}.sync_runs where run_id = ? and status = 'succeeded') and name = ?",
            [ConnectorStatus.ACTIVE, tick, ConnectorStatus.RUNNING, ConnectorStatus.INITIAL_SYNC, run_id, name],
        )
    connection.execute(
        f"insert into {BOOKKEEPING}.publications values (?, ?, ?, ?)",
        [run_id, publication.published_at, publication.data_as_of, publication.ticketlake_version],
    )
    connection.execute("commit")


def _frame(rows: list[sqlite3.Row]) -> pa.Table | None:
    if not rows:
        return None
    columns = zip(*(tuple(row) for row in rows), strict=True)
    return pa.table({name: list(column) for name, column in zip(rows[0].keys(), columns, strict=True)})
