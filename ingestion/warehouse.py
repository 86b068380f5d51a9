"""The warehouse file: who may hold it, what always exists in it, and how it is written anew.

DuckDB lets one process hold a file read-write and then no other even read it, so connections are
opened late and closed early, and one lock on the data directory covers a whole run.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingestion import migrations
from ingestion.errors import ConfigurationError, StateDamaged, TicketlakeError, WarehouseLocked
from ingestion.servicenow.catalogue import TABLES, TableSpec
from ingestion.servicenow.dictionary import arrow_type
from ingestion.settings import Settings

RAW = "raw_servicenow"
BOOKKEEPING = "ticketlake"

#: The pipeline's own tables; those of `meta` have its columns (contract.yml).
_BOOKKEEPING_TABLES = {
    "settings": "instance VARCHAR NOT NULL, setting VARCHAR NOT NULL, value VARCHAR",
    # What all models were last built of (`orchestration/built_models.py`): empty where the last build did not end well.
    "built_models": "fingerprint VARCHAR NOT NULL",
    "built_loads": "load_id VARCHAR NOT NULL",
    "coverage": "instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL, column_name VARCHAR NOT NULL,"
    " status VARCHAR NOT NULL, first_synced_at TIMESTAMP, last_synced_at TIMESTAMP, row_count BIGINT NOT NULL,"
    " null_share DOUBLE, PRIMARY KEY (instance, table_name, column_name)",
    "deleted_records": "instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL, sys_id VARCHAR NOT NULL,"
    " deleted_at TIMESTAMP NOT NULL, known_by VARCHAR NOT NULL, PRIMARY KEY (instance, table_name, sys_id)",
    "schema_changes": "instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL, column_name VARCHAR NOT NULL,"
    ' change VARCHAR NOT NULL, "old" VARCHAR, "new" VARCHAR, detected_at TIMESTAMP NOT NULL',
    "reconciliation": "instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL, source_count BIGINT,"
    " warehouse_count BIGINT NOT NULL, hidden_count BIGINT, difference BIGINT, checked_at TIMESTAMP NOT NULL,"
    " PRIMARY KEY (instance, table_name, checked_at)",
    "sync_runs": "run_id VARCHAR NOT NULL, instance VARCHAR NOT NULL, kind VARCHAR NOT NULL, status VARCHAR NOT NULL,"
    " started_at TIMESTAMP NOT NULL, finished_at TIMESTAMP, config_version VARCHAR, error VARCHAR",
    "sync_tables": "run_id VARCHAR NOT NULL, instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL,"
    " rows_read BIGINT NOT NULL, inserted BIGINT NOT NULL, updated BIGINT NOT NULL, unchanged BIGINT NOT NULL,"
    " deleted BIGINT NOT NULL, requests BIGINT NOT NULL, bytes BIGINT NOT NULL, retries BIGINT NOT NULL,"
    " seconds DOUBLE NOT NULL, cursor_before VARCHAR, cursor_after VARCHAR",
    "connectors": "id VARCHAR NOT NULL, name VARCHAR NOT NULL, type VARCHAR NOT NULL, status VARCHAR NOT NULL,"
    " rescheduled_for TIMESTAMP",
    "publications": "run_id VARCHAR NOT NULL, published_at TIMESTAMP NOT NULL, data_as_of TIMESTAMP NOT NULL,"
    " ticketlake_version VARCHAR NOT NULL",
    # The dictionary's columns as last seen; `is_pending`: the held rows' values have to be read (again).
    "known_columns": "instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL, column_name VARCHAR NOT NULL,"
    " kind VARCHAR NOT NULL, label VARCHAR NOT NULL, is_removed BOOLEAN NOT NULL, is_pending BOOLEAN NOT NULL",
    # When a table was last proven to hold all that the source shows, and what the counts differed by then.
    "count_baselines": "instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL, accounted BIGINT,"
    " hidden_count BIGINT NOT NULL, compared_at TIMESTAMP NOT NULL, PRIMARY KEY (instance, table_name)",
    # Field changes of incidents seen between syncs where the audit cannot be read (`ingestion/seen_changes.py`).
    "seen_changes": "instance VARCHAR NOT NULL, sys_id VARCHAR NOT NULL, field VARCHAR NOT NULL, old_value VARCHAR,"
    " new_value VARCHAR, changed_at TIMESTAMP NOT NULL, changed_by VARCHAR, update_number BIGINT NOT NULL,"
    " seen_at TIMESTAMP NOT NULL, is_pending BOOLEAN NOT NULL",
    # The policy that the stored rows are of, as JSON, and the sealed key of pseudonyms (`ingestion/privacy`).
    "privacy_policies": "instance VARCHAR PRIMARY KEY, policy VARCHAR NOT NULL",
    "privacy_key": "sealed BLOB NOT NULL",
    # Who was erased, as keyed digests: by sys_id and by phrase (`ingestion/erasure`).
    "erased_persons": "instance VARCHAR NOT NULL, person VARCHAR NOT NULL, label VARCHAR NOT NULL,"
    " PRIMARY KEY (instance, person)",
    "erased_phrases": "first_word VARCHAR NOT NULL, words INTEGER NOT NULL, phrase VARCHAR PRIMARY KEY,"
    " label VARCHAR NOT NULL",
    # The proof of an erasure, without what was erased.
    "erasures": "erasure_id VARCHAR PRIMARY KEY, label VARCHAR NOT NULL, requested_at TIMESTAMP NOT NULL,"
    " requested_by VARCHAR NOT NULL, reason VARCHAR",
    "erasure_changes": "erasure_id VARCHAR NOT NULL, instance VARCHAR NOT NULL, place VARCHAR NOT NULL,"
    " column_name VARCHAR NOT NULL, changed BIGINT NOT NULL",
    # Why files still have to be written anew, and the older published versions to go.
    "pending_rewrites": "reason VARCHAR NOT NULL, since TIMESTAMP NOT NULL",
    # A tombstone is applied once, by its own sys_id (contract, section 4).
    "applied_tombstones": "instance VARCHAR NOT NULL, sys_id VARCHAR NOT NULL, PRIMARY KEY (instance, sys_id)",
    # References to windowed rows that were asked for and are not kept: not asked again.
    # Expired ones are not kept; the others are hidden, or gone.
    "asked_references": "instance VARCHAR NOT NULL, table_name VARCHAR NOT NULL, sys_id VARCHAR NOT NULL,"
    " expired BOOLEAN NOT NULL, PRIMARY KEY (instance, table_name, sys_id)",
}

_SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us"): "TIMESTAMP",
    pa.date32(): "DATE",
}


def prepare_data_dir(settings: Settings) -> None:
    """Create the data directory. Raises ConfigurationError where that is impossible."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"data_dir {settings.data_dir}: {error.strerror}; set TICKETLAKE_DATA_DIR") from None
    if not os.access(settings.data_dir, os.W_OK):
        raise ConfigurationError(f"data_dir {settings.data_dir} is not writable; set TICKETLAKE_DATA_DIR")


@contextmanager
def data_directory_lock(settings: Settings, purpose: str, timeout: float = 60.0) -> Iterator[None]:
    """Hold the data directory, alone; the kernel lets go when the process dies.

    Raises WarehouseLocked, naming the holder, after `timeout` seconds.
    """
    prepare_data_dir(settings)
    handle = os.open(settings.lock_path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise WarehouseLocked(_held(settings.lock_path, settings.data_dir, timeout)) from None
                time.sleep(0.2)
        holder = {"pid": os.getpid(), "purpose": purpose, "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(holder).encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _held(path: Path, data_dir: Path, timeout: float) -> str:
    try:
        holder = json.loads(path.read_text())
        who = f"{holder['purpose']} (process {holder['pid']}, since {holder['since']})"
    except (ValueError, KeyError, OSError):
        who = "another process"
    return f"{data_dir} is held by {who}; waited {timeout:.0f} s. Try again when it is done"


#: The warehouse's name on its connections, as on one that opens the file itself.
CATALOG = "warehouse"
#: How the file is written; dbt attaches it in its profile with the same. Of rows compressed together, DuckDB's own
#: 122,880 leave the load of some hundred thousand to one thread. Its own storage is that of release 0.10, which is
#: slower to read and to write; an older file is brought forward.
_WRITTEN = "ROW_GROUP_SIZE 20480, STORAGE_VERSION 'v1.5.0'"


@contextmanager
def connect(
    settings: Settings, *, read_only: bool = False, memory_share: float = 1.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, for as short as possible. `memory_share`: of the memory that DuckDB may take by the settings."""
    path = settings.warehouse_path
    connection = duckdb.connect(
        config={
            "memory_limit": settings.memory_limit,
            "preserve_insertion_order": "false",
            "temp_directory": f"{path}.tmp",
            # Row groups are compressed as they fill up, by all threads, and not together in the end by one.
            "write_buffer_row_group_count": 1,
        }
    )
    try:
        _attach(connection, path, "READ_ONLY" if read_only else _WRITTEN)
        connection.execute(f"USE {CATALOG}")
        migrations.refuse_later(connection, path)
        # Sync and models never need another zone, and ICU is not asked for one.
        connection.execute("SET enable_progress_bar = false")
        if memory_share < 1.0:
            ((limit,),) = connection.execute("SELECT current_setting('memory_limit')").fetchall()
            amount, unit = limit.split()
            connection.execute(f"SET memory_limit = '{float(amount) * memory_share:.2f} {unit}'")
        yield connection
    finally:
        connection.close()


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, how: str) -> None:
    """Raises StateDamaged where DuckDB cannot read what is there, or TicketlakeError where it cannot get at it."""
    try:
        connection.execute(f"ATTACH '{sql_text(str(path))}' AS {CATALOG} ({how})")
    except duckdb.IOException as error:
        said = str(error).splitlines()[0]
        if "not a valid DuckDB" in said or "Corrupt" in said:
            raise StateDamaged(
                f"{path} is damaged ({said}); bring back a backup with `ticketlake restore PATH --replace`"
            ) from error
        raise TicketlakeError(f"{path} cannot be opened: {said}") from error


def ensure_schema(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what always exists: every raw table with its floor columns, and the bookkeeping.

    Bookkeeping of an earlier release is brought forward first.
    """
    is_new = migrations.layout_of(connection) is None
    migrations.migrate(connection)
    connection.execute("BEGIN")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {RAW}")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {BOOKKEEPING}")
    existing = columns_of(connection, RAW)
    for spec in TABLES.values():
        _ensure_raw_table(connection, spec, existing.get(spec.name, {}))
    for name, columns in _BOOKKEEPING_TABLES.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS {BOOKKEEPING}.{name} ({columns})")
    if is_new:
        migrations.stamp(connection)
    connection.execute("COMMIT")


def _ensure_raw_table(connection: duckdb.DuckDBPyConnection, spec: TableSpec, existing: dict[str, str]) -> None:
    if existing:
        ensure_columns(connection, spec.name, spec.columns, existing)
        return
    columns = ", ".join(
        f"{quoted(name)} {sql_type(arrow_type(kind))}" for name, kind in spec.columns.items() if name != "sys_id"
    )
    connection.execute(
        f"CREATE TABLE {RAW}.{spec.name} (instance VARCHAR NOT NULL, sys_id VARCHAR NOT NULL, {columns},"
        " _dlt_load_id VARCHAR)"
    )


def ensure_columns(
    connection: duckdb.DuckDBPyConnection, table: str, kinds: Mapping[str, str], existing: Mapping[str, str]
) -> None:
    """Add the columns that a raw table lacks; `kinds` are ServiceNow types, `existing` the columns it has.

    dlt would add them too, but times with a zone.
    """
    for name, kind in kinds.items():
        if name not in existing:
            connection.execute(f"ALTER TABLE {RAW}.{table} ADD COLUMN {quoted(name)} {sql_type(arrow_type(kind))}")


def widen_column(connection: duckdb.DuckDBPyConnection, table: str, column: str, *, is_duration: bool) -> str | None:
    """Make a raw column VARCHAR, in dlt's staging tables too; the type it had, None where it was VARCHAR already.

    What is held becomes text as the source writes it: durations, held in seconds, a time since 1970.
    """
    had: str | None = None
    name = quoted(column)
    text = (
        f"CAST(TIMESTAMP '1970-01-01' + to_seconds({name}) AS VARCHAR)" if is_duration else f"CAST({name} AS VARCHAR)"
    )
    for schema in (f"{RAW}_staging", RAW):
        kind = columns_of(connection, schema).get(table, {}).get(column)
        if kind not in (None, "VARCHAR"):
            connection.execute(f"ALTER TABLE {schema}.{table} ALTER {name} TYPE VARCHAR USING {text}")
            had = kind
    return had


def columns_of(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, str]]:
    """Tables of a schema with their columns and SQL types."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_catalog = current_database() AND table_schema = ? ORDER BY table_name, ordinal_position",
        [schema],
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def write_settings(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """What the models must know of time and of each instance, as rows (`ticketlake.settings`)."""
    rows: list[tuple[str, str, str]] = []
    for instance in settings.instances.values():
        texts: list[tuple[str, Any]] = [
            ("now_at", settings.now()),
            ("history_start_at", settings.history_start()),
            ("retention_start_at", settings.retention_start()),
            *((f"state.{kind}", code) for kind, codes in instance.states.items() for code in codes),
            *(("noise_code", code) for code in instance.noise_codes),
            *(("bigpanda_user", user) for user in instance.bigpanda_users),
        ]
        rows += [(instance.name, name, str(value)) for name, value in texts]
    connection.execute("BEGIN")
    # An instance that is no longer configured keeps its rows, and so what its rows mean.
    connection.execute(
        f"DELETE FROM {BOOKKEEPING}.settings WHERE list_contains(?, instance)", [list(settings.instances)]
    )
    if rows:
        connection.executemany(f"INSERT INTO {BOOKKEEPING}.settings VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")


def forget_built_models(connection: duckdb.DuckDBPyConnection) -> None:
    """Have all models built in full. For whatever changes raw rows otherwise than by a load or a deletion."""
    connection.execute(f"DELETE FROM {BOOKKEEPING}.built_models")


def rewrite(settings: Settings) -> None:
    """Copy the warehouse to a fresh file and put it in the old one's place.

    DuckDB keeps deleted rows in its file until their blocks are used again; after this no block of
    the old file is left. A crash leaves either the old file or the new one.
    """
    path = settings.warehouse_path
    fresh = _fresh_file(settings)
    discard_unfinished(settings)
    with writing(fresh), connect(settings) as connection:
        connection.execute("CHECKPOINT")
        connection.execute(f"ATTACH '{sql_text(str(fresh))}' AS fresh ({_WRITTEN})")
        connection.execute(f"COPY FROM DATABASE {CATALOG} TO fresh")
        connection.execute("DETACH fresh")
    with fresh.open("rb+") as handle:
        os.fsync(handle.fileno())
    fresh.replace(path)
    for leftover in (path.with_name(path.name + ".wal"), fresh.with_name(fresh.name + ".wal")):
        leftover.unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Around DuckDB writing a file anew: raises TicketlakeError with the file's name where there is no way to."""
    try:
        yield
    except duckdb.IOException as error:
        said = " ".join(str(error).split())
        raise TicketlakeError(f"{path} cannot be written ({said}); see whether its disk is full") from error


def discard_unfinished(settings: Settings) -> None:
    """Remove what a rewrite that was cut off left. Call while holding the data directory."""
    fresh = _fresh_file(settings)
    for leftover in (fresh, fresh.with_name(fresh.name + ".wal")):
        leftover.unlink(missing_ok=True)


def _fresh_file(settings: Settings) -> Path:
    """Where the warehouse is written anew."""
    return settings.warehouse_path.with_suffix(".rewrite")


def sql_type(kind: pa.DataType) -> str:
    return _SQL_TYPES[kind]


def quoted(name: str) -> str:
    """An identifier for SQL."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def sql_text(value: str) -> str:
    """The inside of a SQL text literal."""
    return value.replace("'", "''")
