"""The audit log: who changed what, when. Rows can be added and nothing else; triggers in the file see to it."""

import json
import os
import pwd
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from orchestration.state.database import StateDatabase, text_of, utc_now


@dataclass(frozen=True)
class AuditEntry:
    """One change. `actor` asked for it (command, schedule, demo, a token's name); `os_user` ran the process."""

    at: datetime
    actor: str
    os_user: str
    action: str
    subject: str
    detail: dict[str, Any]
    run_id: str | None


class AuditLog:
    def __init__(self, database: StateDatabase) -> None:
        self.database = database

    def record(
        self,
        action: str,
        subject: str,
        *,
        actor: str,
        detail: Mapping[str, Any] = MappingProxyType({}),
        run_id: str | None = None,
    ) -> None:
        """Note that `actor` did `action` (`config rollback`, `connector delete`, ...) to `subject`.

        `detail` is kept as JSON for ever: no secret and nothing about a person may be in it.
        """
        with self.database.transaction() as db:
            record(db, action, subject, actor=actor, detail=detail, run_id=run_id)

    def entries(self, limit: int = 50) -> list[AuditEntry]:
        """The latest, newest first."""
        rows = self.database.rows(
            "select at, actor, os_user, action, subject, detail, run_id from audit_log order by id desc limit ?",
            (limit,),
        )
        return [
            AuditEntry(
                datetime.fromisoformat(row["at"]),
                row["actor"],
                row["os_user"],
                row["action"],
                row["subject"],
                json.loads(row["detail"]),
                row["run_id"],
            )
            for row in rows
        ]


def record(
    db: sqlite3.Connection,
    action: str,
    subject: str,
    *,
    actor: str,
    detail: Mapping[str, Any] = MappingProxyType({}),
    run_id: str | None = None,
) -> None:
    """The same inside a transaction that is open, so that a change and its entry are kept together or not at all."""
    db.execute(
        "insert into audit_log (at, actor, os_user, action, subject, detail, run_id) values (?, ?, ?, ?, ?, ?, ?)",
        (
            text_of(utc_now()),
            actor,
            os_user(),
            action,
            subject,
            json.dumps(dict(detail), default=str, sort_keys=True),
            run_id,
        ),
    )


def os_user() -> str:
    """The account this process runs as: its name, or its number where the system knows no name."""
    uid = os.geteuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
