"""Connectors: one per ServiceNow instance, each in one of seven states."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from ingestion.errors import ConfigurationError
from orchestration.state.audit_log import record as note
from orchestration.state.database import StateDatabase, record, text_of, utc_now
from orchestration.state.transitions import SCHEDULED, ConnectorStatus, check_transition

TYPE = "servicenow"


@dataclass(frozen=True)
class Connector:
    """A row of `meta.connectors`, where its instance is, and what was set for it alone.

    `sync_cron` and `tables` go before the settings where they are not None. The schedule leaves a paused
    connector out. `initialized_at` is when `init` let it begin, `override_reason` why against its checks.
    """

    id: str
    name: str
    type: str
    url: str
    status: ConnectorStatus
    rescheduled_for: datetime | None
    first_loaded_at: datetime | None
    created_at: datetime
    updated_at: datetime
    sync_cron: str | None
    tables: tuple[str, ...] | None
    is_paused: bool
    initialized_at: datetime | None
    override_reason: str | None

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

    def by_id(self, connector_id: str) -> Connector | None:
        rows = self.database.rows("select * from connectors where id = ?", (connector_id,))
        return _connector(rows[0]) if rows else None

    def former(self) -> dict[str, str]:
        """Addresses, by name, of deleted connectors whose data is still here."""
        return {row["name"]: row["url"] for row in self.database.rows("select name, url from former_connectors")}

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
                _insert(db, name, url, status, "registered", actor)
            elif row["url"] != url:
                db.execute("update connectors set url = ?, updated_at = ? where name = ?", (url, now, name))
        return self.get(name)

    def create(self, name: str, url: str, *, actor: str) -> Connector:
        """A new connector that waits for credentials. Raises NameTaken."""
        with self.database.transaction() as db:
            if db.execute("select 1 from connectors where name = ?", (name,)).fetchone():
                raise NameTaken(f"there is a connector named {name!r} already; names are unique and cannot be changed")
            _insert(db, name, url, ConnectorStatus.REQUIRED_AUTH, "created", actor)
            note(db, "connector create", name, actor=actor, detail={"url": url})
        return self.get(name)

    def change(
        self,
        name: str,
        *,
        sync_cron: str | None,
        tables: Sequence[str] | None,
        is_paused: bool,
        rescheduled_for: datetime | None,
        actor: str,
    ) -> Connector:
        """Set what holds for this connector alone, already checked. `rescheduled_for` is the tick that follows."""
        with self.database.transaction() as db:
            db.execute(
                "update connectors set sync_cron = ?, tables = ?, is_paused = ?, updated_at = ?,"
                " rescheduled_for = case when status in (?, ?, ?) then ? end where name = ?",
                (
                    sync_cron,
                    None if tables is None else json.dumps(list(tables)),
                    int(is_paused),
                    text_of(utc_now()),
                    *sorted(SCHEDULED),
                    text_of(rescheduled_for),
                    name,
                ),
            )
            detail = {"sync_cron": sync_cron, "tables": tables, "is_paused": is_paused}
            note(db, "connector change", name, actor=actor, detail=detail)
        return self.get(name)

    def initialized(self, name: str, *, override_reason: str | None, actor: str) -> None:
        """Let a connector begin. With a reason its checks had failed, and somebody answers for it."""
        with self.database.transaction() as db:
            now = text_of(utc_now())
            db.execute(
                "update connectors set initialized_at = ?, override_reason = ?, updated_at = ? where name = ?",
                (now, override_reason, now, name),
            )
            detail = {"override_reason": override_reason} if override_reason else {}
            note(db, "connector init", name, actor=actor, detail=detail)

    def remove(self, name: str, *, keeps_data: bool, actor: str) -> None:
        """Forget a connector with its credentials and ways in; its changes of state stay on record.

        Without `keeps_data` its runs go too: nothing of it is published any more. Raises
        ConfigurationError where neither a connector nor a former one has that name.
        """
        with self.database.transaction() as db:
            row = db.execute("select id, url from connectors where name = ?", (name,)).fetchone()
            if row is not None:
                for table in ("credentials", "auth_links", "jobs"):
                    db.execute(f"delete from {table} where connector_id = ?", (row["id"],))
                db.execute("delete from connectors where name = ?", (name,))
            if keeps_data and row is not None:
                db.execute(
                    "insert or replace into former_connectors values (?, ?, ?)", (name, row["url"], text_of(utc_now()))
                )
            else:
                gone = db.execute("delete from former_connectors where name = ?", (name,)).rowcount
                if row is None and not gone:
                    raise ConfigurationError(f"no connector named {name!r}")
                for table in ("runs", "run_tables"):
                    db.execute(f"delete from {table} where instance = ?", (name,))
            note(db, "connector delete", name, actor=actor, detail={"purge": not keeps_data})

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


class NameTaken(ConfigurationError):
    """There is a connector of that name already."""


def _insert(db: sqlite3.Connection, name: str, url: str, status: ConnectorStatus, cause: str, actor: str) -> None:
    """A new row. Data that an earlier connector of that name left is this one's from now on."""
    now = text_of(utc_now())
    db.execute(
        "insert into connectors (id, name, type, url, status, created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?)",
        (str(uuid4()), name, TYPE, url, status, now, now),
    )
    db.execute("delete from former_connectors where name = ?", (name,))
    _log(db, name, None, status, cause, actor, None)


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
    tables = values["tables"]
    return Connector(
        **{
            **values,
            "status": ConnectorStatus(values["status"]),
            "tables": None if tables is None else tuple(json.loads(tables)),
            "is_paused": bool(values["is_paused"]),
        }
    )
