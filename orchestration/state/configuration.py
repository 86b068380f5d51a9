"""Versions of the configuration, numbered from 1. A version never changes; a new one comes when a run finds another."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version as release_of
from typing import Any

from ingestion.errors import ConfigurationError
from orchestration.state import audit_log
from orchestration.state.database import StateDatabase, text_of, utc_now


@dataclass(frozen=True)
class Configuration:
    """One version: the settings in effect (JSON types) and the text of `ticketlake.toml`, None where there was none.

    A file that was no valid configuration has `error` and no settings; it was never in effect.
    """

    version: int
    recorded_at: datetime
    actor: str
    os_user: str
    cause: str
    ticketlake_version: str
    settings: dict[str, Any] | None
    file: str | None
    error: str | None


class Configurations:
    def __init__(self, database: StateDatabase) -> None:
        self.database = database

    def all(self) -> list[Configuration]:
        """Oldest first."""
        return [_configuration(row) for row in self.database.rows("select * from configurations order by version")]

    def latest(self) -> Configuration | None:
        """The newest version that was in effect."""
        rows = self.database.rows(
            "select * from configurations where settings is not null order by version desc limit 1"
        )
        return _configuration(rows[0]) if rows else None

    def last_good(self) -> Configuration | None:
        """The newest version that a run succeeded with; where none did, the newest that was in effect."""
        rows = self.database.rows(
            "select c.* from configurations c join runs r on r.config_version = cast(c.version as text)"
            " where r.status = 'succeeded' order by c.version desc limit 1"
        )
        return _configuration(rows[0]) if rows else self.latest()

    def get(self, version: int) -> Configuration:
        """Raise ConfigurationError where there is no such version."""
        rows = self.database.rows("select * from configurations where version = ?", (version,))
        if rows:
            return _configuration(rows[0])
        known = [each.version for each in self.all()]
        which = f"known: 1 to {known[-1]}" if known else "none has been recorded yet; a run records the first"
        raise ConfigurationError(f"no configuration version {version} ({which})")

    def follow(
        self,
        settings: Mapping[str, Any],
        file: str | None,
        *,
        actor: str,
        cause: str = "found changed",
        run_id: str | None = None,
    ) -> int:
        """The number of the version that these settings are: the latest, or a new one where they differ from it."""
        text = _canonical(settings)
        with self.database.transaction() as db:
            row = db.execute(
                "select version, settings from configurations where settings is not null order by version desc limit 1"
            ).fetchone()
            if row is not None and row["settings"] == text:
                return int(row["version"])
            version = _insert(db, actor, cause if row else "first", text, file, None)
            detail = {"cause": cause if row else "first", "instead_of": row["version"] if row else None}
            audit_log.record(db, "configuration", f"version {version}", actor=actor, detail=detail, run_id=run_id)
            return version

    def keep(
        self, settings: Mapping[str, Any] | None, file: str | None, error: str | None, *, actor: str, cause: str
    ) -> int:
        """The version that holds this file, made where the last one recorded holds another."""
        with self.database.transaction() as db:
            row = db.execute("select version, file from configurations order by version desc limit 1").fetchone()
            if row is not None and row["file"] == file:
                return int(row["version"])
            return _insert(db, actor, cause, None if settings is None else _canonical(settings), file, error)


def _insert(
    db: sqlite3.Connection, actor: str, cause: str, settings: str | None, file: str | None, error: str | None
) -> int:
    done = db.execute(
        "insert into configurations"
        " (recorded_at, actor, os_user, cause, ticketlake_version, settings, file, error)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        (text_of(utc_now()), actor, audit_log.os_user(), cause, release_of("ticketlake"), settings, file, error),
    )
    assert done.lastrowid is not None
    return done.lastrowid


def _canonical(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True)


def _configuration(row: sqlite3.Row) -> Configuration:
    return Configuration(
        row["version"],
        datetime.fromisoformat(row["recorded_at"]),
        row["actor"],
        row["os_user"],
        row["cause"],
        row["ticketlake_version"],
        json.loads(row["settings"]) if row["settings"] is not None else None,
        row["file"],
        row["error"],
    )
