"""Cycles and runs: a cycle is one pass of the job, a run is its part for one instance."""

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from orchestration.state.database import StateDatabase, record, text_of, utc_now

TABLE_COLUMNS = (
    "table_name", "rows_read", "inserted", "updated", "unchanged", "deleted",
    "requests", "bytes", "retries", "seconds", "cursor_before", "cursor_after",
)  # fmt: skip


@dataclass(frozen=True)
class Cycle:
    """One pass of the job. `exit_code` is what the command line ends with."""

    run_id: str
    kind: str
    actor: str
    status: str
    exit_code: int | None
    error: str | None
    pid: int
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Run:
    """A row of `meta.sync_runs`, with the exit code of its error and the source's clock it reached."""

    run_id: str
    instance: str
    kind: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    config_version: str | None
    error: str | None
    exit_code: int | None
    data_as_of: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {key: text_of(value) if isinstance(value, datetime) else value for key, value in asdict(self).items()}


class Runs:
    def __init__(self, database: StateDatabase) -> None:
        self.database = database

    def begin_cycle(self, run_id: str, kind: str, actor: str) -> None:
        with self.database.transaction() as db:
            db.execute(
                "insert into cycles (run_id, kind, actor, status, pid, started_at) values (?, ?, ?, 'running', ?, ?)",
                (run_id, kind, actor, os.getpid(), text_of(utc_now())),
            )

    def finish_cycle(self, run_id: str, status: str, exit_code: int, error: str | None) -> None:
        with self.database.transaction() as db:
            db.execute(
                "update cycles set status = ?, exit_code = ?, error = ?, finished_at = ? where run_id = ?",
                (status, exit_code, error, text_of(utc_now()), run_id),
            )

    def begin(self, run_id: str, instance: str, kind: str, config_version: int | None = None) -> None:
        """Start a run; a retried step finds its own row and starts it anew."""
        with self.database.transaction() as db:
            db.execute(
                "insert or replace into runs (run_id, instance, kind, status, started_at, config_version)"
                " values (?, ?, ?, 'running', ?, ?)",
                (run_id, instance, kind, text_of(utc_now()), None if config_version is None else str(config_version)),
            )

    def skip(self, run_id: str, instance: str, reason: str) -> None:
        """A tick that found the data directory held."""
        now = text_of(utc_now())
        with self.database.transaction() as db:
            db.execute(
                "insert into runs (run_id, instance, kind, status, started_at, finished_at, error)"
                " values (?, ?, 'sync', 'skipped', ?, ?, ?)",
                (run_id, instance, now, now, reason),
            )

    def loaded(self, run_id: str, instance: str, data_as_of: datetime | None, tables: Iterable[Any]) -> None:
        """Keep what extraction and load reported: the fields of `TABLE_COLUMNS` per table."""
        marks = ", ".join("?" * (len(TABLE_COLUMNS) + 2))
        with self.database.transaction() as db:
            db.execute(
                "update runs set data_as_of = ? where run_id = ? and instance = ?",
                (text_of(data_as_of), run_id, instance),
            )
            db.executemany(
                f"insert or replace into run_tables (run_id, instance, {', '.join(TABLE_COLUMNS)}) values ({marks})",
                [(run_id, instance, *(getattr(table, name) for name in TABLE_COLUMNS)) for table in tables],
            )

    def finish(self, run_id: str, instance: str, error: str | None = None, exit_code: int = 0) -> None:
        """End a run: `failed` where there is an error, else `succeeded`."""
        with self.database.transaction() as db:
            db.execute(
                "update runs set status = ?, finished_at = ?, error = ?, exit_code = ?"
                " where run_id = ? and instance = ?",
                ("failed" if error else "succeeded", text_of(utc_now()), error, exit_code, run_id, instance),
            )

    def cycle(self, run_id: str) -> Cycle | None:
        rows = self.database.rows("select * from cycles where run_id = ?", (run_id,))
        return _cycle(rows[0]) if rows else None

    def last_cycles(self, limit: int) -> list[Cycle]:
        """Newest first."""
        rows = self.database.rows("select * from cycles order by started_at desc, rowid desc limit ?", (limit,))
        return [_cycle(row) for row in rows]

    def unfinished_cycles(self) -> list[Cycle]:
        return [_cycle(row) for row in self.database.rows("select * from cycles where status = 'running'")]

    def of(self, run_id: str) -> list[Run]:
        return [_run(row) for row in self.database.rows("select * from runs where run_id = ?", (run_id,))]

    def unfinished(self) -> list[Run]:
        return [_run(row) for row in self.database.rows("select * from runs where status = 'running'")]

    def last(self, limit: int = 5, instance: str | None = None) -> list[Run]:
        """Newest first."""
        rows = self.database.rows(
            "select * from runs where coalesce(?, instance) = instance order by started_at desc, rowid desc limit ?",
            (instance, limit),
        )
        return [_run(row) for row in rows]

    def tables(self, run_id: str, instance: str) -> list[dict[str, Any]]:
        """The rows of `meta.sync_tables` of one run, without its ids."""
        rows = self.database.rows(
            f"select {', '.join(TABLE_COLUMNS)} from run_tables where run_id = ? and instance = ? order by rowid",
            (run_id, instance),
        )
        return [dict(row) for row in rows]


def _cycle(row: sqlite3.Row) -> Cycle:
    return Cycle(**record(row))


def _run(row: sqlite3.Row) -> Run:
    return Run(**record(row))
