"""What all statements of the raw world share: its sizes, where chance comes from, how rows get into a raw table."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from benchmarks.world import NOW
from ingestion import warehouse
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import InstanceSettings, Settings

INSTANCE = "bench"
GROUPS, USERS, CIS, SERVICES, LOCATIONS = 400, 5_000, 30_000, 300, 40
#: How unevenly groups and users come up, and the items that trouble befalls: 1 is evenly.
SKEW, CI_SKEW = 2.0, 1.5
#: So many incidents go with one change, and with one problem.
PER_CHANGE, PER_PROBLEM = 20, 200


@dataclass(frozen=True)
class Range:
    """Tickets `first` to `first + count - 1`, opened in the `days` before `end`, in that order.

    `all_open`: none has ended yet; else as the age of each says.
    """

    first: int
    count: int
    end: datetime
    days: float
    all_open: bool = False


def settings_of(directory: Path, now: datetime = NOW) -> Settings:
    """Settings of the benchmark's one instance, whose files are in `directory`."""
    return Settings(directory, fixed_now=now, instances={INSTANCE: InstanceSettings(INSTANCE, "")})


def define_macros(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """What all statements of the world use. A `kind` is a table's name, a `purpose` any word."""
    for definition in (
        # Evenly from 0 to below 1: the upper 52 bits, which a double holds.
        f"draw(n, purpose) AS (hash(n, purpose, {seed}) >> 12) / 4503599627370496.0",
        "pick(n, purpose, size) AS CAST(floor(draw(n, purpose) * size) AS BIGINT)",
        "skewed(n, purpose, size, power) AS CAST(floor(pow(draw(n, purpose), power) * size) AS BIGINT)",
        # Normal, by Box and Muller.
        "bell(n, purpose) AS sqrt(-2 * ln(1 - draw(n, purpose))) * cos(2 * pi() * draw(n, purpose || ' too'))",
        "key(kind, n) AS md5(concat(kind, ':', n))",
        "ci_name(n) AS concat(['lnx', 'win', 'net', 'db', 'app'][1 + n % 5], '-',"
        " ['ber', 'lon', 'nyc', 'sin', 'syd'][1 + (n // 5) % 5], '-', lpad(CAST(n AS VARCHAR), 5, '0'))",
    ):
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {definition}")


def begin_load(connection: duckdb.DuckDBPyConnection, at: datetime) -> str:
    """Note a load as dlt does; its id, which is greater than those before."""
    load_id = str(time.time())
    connection.execute(
        f"INSERT INTO {warehouse.RAW}._dlt_loads BY NAME SELECT * REPLACE ($id AS load_id, $at AS inserted_at)"
        f" FROM {warehouse.RAW}._dlt_loads ORDER BY inserted_at DESC LIMIT 1",
        {"id": load_id, "at": at},
    )
    return load_id


def insert(connection: duckdb.DuckDBPyConnection, table: str, load_id: str, columns: str, source: str) -> None:
    """Rows of a raw table: `columns` and `source` are the SELECT's; the instance and the load are added.

    By `sys_id`, because that is how ingestion reads a table that is new.
    """
    connection.execute(
        f"INSERT INTO {warehouse.RAW}.{table} BY NAME SELECT '{INSTANCE}' AS instance, '{load_id}' AS _dlt_load_id,"
        f" {columns} FROM {source} ORDER BY sys_id"
    )


def stamps(created: str, updated: str) -> str:
    """The system columns beside `sys_id`."""
    return (
        f"{created} AS sys_created_on, 'bench' AS sys_created_by, {updated} AS sys_updated_on,"
        " 'bench' AS sys_updated_by, 3 AS sys_mod_count"
    )


def shared(table: str, base: str) -> str:
    """The floor columns that a table has of the one it extends."""
    names = [name for name in TABLES[base].columns if name in TABLES[table].columns]
    return ", ".join(map(warehouse.quoted, ["instance", *names, "_dlt_load_id"]))


def insert_task_rows(connection: duckdb.DuckDBPyConnection, table: str, load_id: str) -> None:
    """The rows of this load once more in the table that all tickets extend."""
    rows = f"(SELECT {shared(table, 'task')} FROM {warehouse.RAW}.{table} WHERE _dlt_load_id = '{load_id}')"
    insert(connection, "task", load_id, "* EXCLUDE (instance, _dlt_load_id)", rows)
