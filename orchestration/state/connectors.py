"""Connectors: one per ServiceNow instance, each in one of seven states."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from ingestion.errors import ConfigurationError
from orchestration.state.database import StateDatabase, record, text_of, utc_now
from orchestration.state.transitions import SCHEDULED, ConnectorStatus, check_transition

TYPE = "servicenow"


@dataclass(frozen=True)
class Connector:
    """A row of `meta.connectors`, and where its instance is."""

    id: str
    name: str
    type: str
    url: str
    status: ConnectorStatus
    rescheduled_for: datetime | None
    first_loaded_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def next_attempt(self) -> ConnectorStatus:
        """What the next attempt is: `initial_sync` until a first load has ended."""
        return ConnectorStatus.RUNNING if self.first_loaded_at else ConnectorStatus.INITIAL_SYNC


@dataclass(frozen=True)
class Transition:
    """One line of the audit log of states."""

    at: datetime
    connector: str
    from_status: str | None
    to_status: str
    cause: str
    actor: str
    run_id: str | None


class Connectors:
    """The connectors in `state.sqlite`; every change of state goes through the transition table."""

    def __init__(self, database: StateDatabase) -> None:
        self.database = database

    def all(self) -> list[Connector]:
        return [_connector(row) for row in self.database.rows("select * from connectors order by name")]

    def find(self, name: str) -> Connector | None:
        rows = self.database.rows("select * from connectors where name = ?", (name,))
        return _connector(rows[0]) if rows else None

    def get(self, name: str) -> Connector:
        """Raise ConfigurationError where there is no such connector."""
        if found := self.find(name):
            return found
        known = ", ".join(connector.name for connector in self.all()) or "none"
        raise ConfigurationError(f"no connector named {name!r} (known: {known})")

    def register(self, name: str, url: str, status: ConnectorStatus, *, actor: str) -> Connector:
        """The connector of that name, made in `status` where it is new; its address is kept up to date."""
        now = text_of(utc_now())
        with self.database.transaction() as db:
            row = db.execute("select url from connectors where name = ?", (name,)).fetchone()
            if row is None:
                db.execute(
                    "insert into connectors (id, name, type, url, status, created_at, updated_at)"
                    " values (?, ?, ?, ?, ?, ?, ?)",
                    (str(uuid4()), name, TYPE, url, status, now, now),
                )
                _log(db, name, None, status, "registered", actor, None)
            elif row["url"] != url:
                db.execute("update connectors set url = ?, updated_at = ? where name = ?", (url, now, name))
        return self.get(name)

    def move(
        self,
        name: str,
        to: ConnectorStatus,
        *,
        cause: str,
        actor: str,
        run_id: str | None = None,
        rescheduled_for: datetime | None = None,
    ) -> Connector:
        """Change the state and log who did it and why.

        `rescheduled_for` is the next tick; it is kept in the states the schedule comes back to and
        NULL in the others. Raises ForbiddenTransition, with nothing changed.
        """
        with self.database.transaction() as db:
            row = db.execute("select status from connectors where name = ?", (name,)).fetchone()
            if row is None:
                raise ConfigurationError(f"no connector named {name!r}")
            current = ConnectorStatus(row["status"])
            check_transition(name, current, to)
            db.execute(
                "update connectors set status = ?, rescheduled_for = ?, updated_at = ? where name = ?",
                (to, text_of(rescheduled_for) if to in SCHEDULED else None, text_of(utc_now()), name),
            )
            _log(db, name, current, to, cause, actor, run_id)
        return self.get(name)

    def first_load_ended(self, name: str) -> None:
        """Note that every table has been loaded once; later calls change nothing."""
        with self.database.transaction() as db:
            db.execute(
                "update connectors set first_loaded_at = ? where name = ? and first_loaded_at is null",
                (text_of(utc_now()), name),
            )

    def transitions(self, name: str, limit: int = 20) -> list[Transition]:
        """The latest changes of state, newest first."""
        rows = self.database.rows(
            "select at, connector, from_status, to_status, cause, actor, run_id from transitions"
            " where connector = ? order by id desc limit ?",
            (name, limit),
        )
        return [Transition(datetime.fromisoformat(row["at"]), *tuple(row)[1:]) for row in rows]


def _log(
    db: sqlite3.Connection,
    name: str,
    current: ConnectorStatus | None,
    to: ConnectorStatus,
    cause: str,
    actor: str,
    run_id: str | None,
) -> None:
    db.execute(
        "insert into transitions (at, connector, from_status, to_status, cause, actor, run_id)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        (text_of(utc_now()), name, current, to, cause, actor, run_id),
    )


def _connector(row: sqlite3.Row) -> Connector:
    values = record(row)
    return Connector(**{**values, "status": ConnectorStatus(values["status"])})
