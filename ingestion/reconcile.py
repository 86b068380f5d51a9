"""Comparing the keys that are held with those the source has, and healing what differs.

It finds what a delta cannot: rows deleted without a trace, moved to an archive or another class, or
changed by a script that leaves `sys_updated_on` where it was.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingestion import deletes
from ingestion.errors import TicketlakeError
from ingestion.servicenow import keys
from ingestion.servicenow.catalogue import TABLES
from ingestion.servicenow.source import Extraction
from ingestion.servicenow.strategy import first_bounds
from ingestion.warehouse import BOOKKEEPING, RAW

log = logging.getLogger(__name__)


class MassDelete(TicketlakeError):
    """So many held rows are missing at the source that a lost right is likelier than their deletion."""


@dataclass(frozen=True)
class Comparison:
    """What a key sweep of one table found, by ids.

    `gone` exist no more, `hidden` exist but are not served, `stale` are served in another version
    than is held or not held at all. `served` counts the keys the source showed.
    """

    table: str
    served: int
    gone: list[str]
    hidden: list[str]
    stale: list[str]


def swept_tables(extraction: Extraction) -> list[str]:
    """Tables whose keys are compared: not those read whole each sync, nor those that only grow, nor refused ones."""
    return [
        name
        for name in extraction.tables
        if not TABLES[name].insert_only
        and extraction.layouts[name].cursor is not None
        and not (name in extraction.runs and extraction.runs[name].refused)
    ]


def compare(
    connection: duckdb.DuckDBPyConnection, extraction: Extraction, table: str, start: datetime, high: datetime
) -> Comparison:
    """Sweep the keys of one table and set them against the held rows. Nothing is changed."""
    client, name = extraction.client, extraction.instance.name
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE swept (sys_id VARCHAR, sys_updated_on TIMESTAMP, sys_mod_count BIGINT)"
    )
    spec, layout = TABLES[table], extraction.layouts[table]
    bounds = first_bounds(spec, layout.cursor, start, high) if layout.cursor else None
    for batch in keys.versions(client, spec, layout, bounds, zoned=extraction.zoned):
        connection.register("batch", batch.drop_columns(list({"active"}.intersection(batch.column_names))))
        connection.execute("INSERT INTO swept BY NAME SELECT * EXCLUDE (instance) FROM batch")
        connection.unregister("batch")
    missing = _ids(
        connection,
        f"SELECT sys_id FROM {RAW}.{table} WHERE instance = $instance AND sys_id NOT IN (SELECT sys_id FROM swept)",
        name,
    )
    # Rows outside the window were fetched by reference, or were in it when they came: asked by id.
    alive = extraction.served(table, missing)
    unseen = [key for key in missing if key not in alive]
    hidden = keys.counted(client, table, unseen)
    stale = _ids(
        connection,
        f"""
        SELECT swept.sys_id FROM swept LEFT JOIN {RAW}.{table} AS held
            ON held.instance = $instance AND held.sys_id = swept.sys_id
        WHERE (held.sys_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM {BOOKKEEPING}.asked_references AS asked
                WHERE asked.instance = $instance AND asked.table_name = '{table}' AND asked.sys_id = swept.sys_id
                    AND asked.expired)
            AND NOT EXISTS (
                SELECT 1 FROM {BOOKKEEPING}.deleted_records AS gone
                WHERE gone.instance = $instance AND gone.table_name = '{table}' AND gone.sys_id = swept.sys_id
                    AND gone.known_by IN ('retention', 'erasure')))
            OR held.sys_updated_on IS DISTINCT FROM swept.sys_updated_on AND held.sys_id IS NOT NULL
            OR held.sys_mod_count IS DISTINCT FROM swept.sys_mod_count AND held.sys_id IS NOT NULL
        """,
        name,
    )
    total = connection.execute("SELECT count(*) FROM swept").fetchall()[0][0]
    return Comparison(
        table, total + len(alive), [key for key in unseen if key not in hidden], sorted(hidden), sorted(stale)
    )


def check_mass_delete(comparison: Comparison, held: int) -> MassDelete | None:
    """The refusal where more than max(50 rows, 5 %) of a table would go."""
    limit = max(deletes.MASS_DELETE_ROWS, deletes.MASS_DELETE_SHARE * held)
    if len(comparison.gone) <= limit:
        return None
    return MassDelete(
        f"{comparison.table}: {len(comparison.gone)} of {held} held rows are missing at the source, more than "
        f"{limit:.0f}; nothing was removed. A lost right looks like this. If they really are deleted: "
        "ticketlake reconcile --allow-mass-delete"
    )


def count_held(connection: duckdb.DuckDBPyConnection, instance: str, table: str) -> int:
    sql = f"SELECT count(*) FROM {RAW}.{table} WHERE instance = ?"
    return int(connection.execute(sql, [instance]).fetchall()[0][0])


def _ids(connection: duckdb.DuckDBPyConnection, sql: str, instance: str) -> list[str]:
    return [key for (key,) in connection.execute(sql, {"instance": instance}).fetchall()]
