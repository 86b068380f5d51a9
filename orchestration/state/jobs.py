"""Long work that was started for somebody who does not wait for it: a process of the command line each."""

import os
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from orchestration.state.database import StateDatabase, record, text_of, utc_now


@dataclass(frozen=True)
class Job:
    """`kind` is `initialize` or `sync`; `status` running, succeeded or failed. `exit_code` is the command's."""

    id: str
    connector_id: str
    kind: str
    actor: str
    status: str
    pid: int | None
    exit_code: int | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None


class JobRunning(Exception):
    """The connector has a job already."""


class Jobs:
    def __init__(self, database: StateDatabase) -> None:
        self.database = database

    def begin(self, connector_id: str, kind: str, *, actor: str) -> str:
        """The id of a new job. Raises JobRunning where the connector has one that has not ended."""
        job_id = str(uuid4())
        with self.database.transaction() as db:
            if db.execute(
                "select 1 from jobs where connector_id = ? and status = 'running'", (connector_id,)
            ).fetchone():
                raise JobRunning
            db.execute(
                "insert into jobs (id, connector_id, kind, actor, status, started_at)"
                " values (?, ?, ?, ?, 'running', ?)",
                (job_id, connector_id, kind, actor, text_of(utc_now())),
            )
        return job_id

    def started(self, job_id: str, pid: int) -> None:
        with self.database.transaction() as db:
            db.execute("update jobs set pid = ? where id = ?", (pid, job_id))

    def finish(self, job_id: str, exit_code: int | None, error: str | None) -> None:
        with self.database.transaction() as db:
            db.execute(
                "update jobs set status = ?, exit_code = ?, error = ?, finished_at = ?"
                " where id = ? and status = 'running'",
                ("succeeded" if exit_code == 0 else "failed", exit_code, error, text_of(utc_now()), job_id),
            )

    def find(self, job_id: str) -> Job | None:
        rows = self.database.rows("select * from jobs where id = ?", (job_id,))
        return Job(**record(rows[0])) if rows else None

    def of(self, connector_id: str, limit: int = 20) -> list[Job]:
        """Newest first."""
        rows = self.database.rows(
            "select * from jobs where connector_id = ? order by started_at desc, rowid desc limit ?",
            (connector_id, limit),
        )
        return [Job(**record(row)) for row in rows]

    def recover(self, *, except_for: frozenset[str]) -> None:
        """End the jobs whose process is gone, and with it whoever would have said how it ended."""
        for row in self.database.rows("select id, pid from jobs where status = 'running'"):
            if row["id"] not in except_for and (row["pid"] is None or not _lives(row["pid"])):
                self.finish(row["id"], None, "nobody saw how its process ended; see the runs")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
