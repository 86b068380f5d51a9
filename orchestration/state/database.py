"""The SQLite file behind the state: its schema and its connections.

Connections live for one transaction each. In WAL mode readers never wait for a writer, so `status`
answers during a run.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingestion.errors import TicketlakeError

SCHEMA_VERSION = 1
BUSY_SECONDS = 10.0

#: Times are text, `YYYY-MM-DD HH:MM:SS` in UTC: sortable, and what DuckDB casts to TIMESTAMP.
SCHEMA = """
create table connectors (
    id text primary key,
    name text not null unique,
    type text not null,
    url text not null,
    status text not null,
    rescheduled_for text,
    first_loaded_at text,
    created_at text not null,
    updated_at text not null
);
create table transitions (
    id integer primary key,
    at text not null,
    connector text not null,
    from_status text,
    to_status text not null,
    cause text not null,
    actor text not null,
    run_id text
);
create table cycles (
    run_id text primary key,
    kind text not null,
    actor text not null,
    status text not null,
    exit_code integer,
    error text,
    pid integer not null,
    started_at text not null,
    finished_at text
);
create table runs (
    run_id text not null,
    instance text not null,
    kind text not null,
    status text not null,
    started_at text not null,
    finished_at text,
    config_version text,
    error text,
    exit_code integer,
    data_as_of text,
    primary key (run_id, instance)
);
create table run_tables (
    run_id text not null,
    instance text not null,
    table_name text not null,
    rows_read integer not null,
    inserted integer not null,
    updated integer not null,
    unchanged integer not null,
    deleted integer not null,
    requests integer not null,
    bytes integer not null,
    retries integer not null,
    seconds real not null,
    cursor_before text,
    cursor_after text,
    primary key (run_id, instance, table_name)
);
create table publications (
    run_id text primary key,
    published_at text not null,
    data_as_of text not null,
    ticketlake_version text not null,
    file text not null
);
create table maintenance (
    task text primary key,
    done_on text not null
);
create index runs_by_start on runs (started_at);
"""


class StateDatabase:
    """`state.sqlite`. Made with its schema on the first write."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        return self.path.is_file()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection inside `begin immediate`; committed at the end, rolled back on an exception.

        Raises TicketlakeError where the file is of a later release.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as db:
            self._migrate(db)
            db.execute("begin immediate")
            try:
                yield db
            except BaseException:
                db.execute("rollback")
                raise
            db.execute("commit")

    def rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        """What a query finds; nothing where the file does not exist yet."""
        if not self.exists:
            return []
        with closing(self._connect()) as db:
            if self._version(db) == 0:
                return []
            return db.execute(sql, parameters).fetchall()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        db.row_factory = sqlite3.Row
        return db

    def _version(self, db: sqlite3.Connection) -> int:
        version: int = db.execute("pragma user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise TicketlakeError(
                f"{self.path} has schema {version}, made by a later release; this one knows {SCHEMA_VERSION}: upgrade"
            )
        return version

    def _migrate(self, db: sqlite3.Connection) -> None:
        if self._version(db) == SCHEMA_VERSION:
            return
        db.execute("pragma journal_mode = wal")
        # Another process may have made the schema meanwhile, so the version is asked again inside.
        db.execute("begin immediate")
        if self._version(db) == 0:
            for statement in SCHEMA.split(";"):
                db.execute(statement)
            db.execute(f"pragma user_version = {SCHEMA_VERSION}")
        db.execute("commit")


def utc_now() -> datetime:
    """The real clock: naive UTC, whole seconds. `TICKETLAKE_NOW` does not move it."""
    return datetime.now(UTC).replace(microsecond=0, tzinfo=None)


def text_of(moment: datetime | None) -> str | None:
    """A time as it is stored."""
    return None if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S")


def record(row: sqlite3.Row) -> dict[str, Any]:
    """A row by column name, its times (`..._at`, `..._as_of`, `rescheduled_for`) as naive UTC."""
    return {
        name: datetime.fromisoformat(value)
        if value is not None and (name.endswith(("_at", "_as_of")) or name == "rescheduled_for")
        else value
        for name, value in zip(row.keys(), tuple(row), strict=True)
    }
