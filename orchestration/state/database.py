"""The SQLite file behind the state: its connections, and how an earlier layout becomes the present one.

Connections live for one transaction each. In WAL mode readers never wait for a writer, so `status`
answers during a run.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ingestion.errors import StateDamaged, TicketlakeError
from ingestion.phases import phase
from ingestion.settings import Settings
from orchestration.state.schema import MIGRATIONS, SCHEMA_VERSION

BUSY_SECONDS = 10.0

#: What helps, by how the name of SQLite's error begins.
_WAYS_OUT: Mapping[str, str] = MappingProxyType(
    {
        "SQLITE_FULL": "make room on its disk and try again",
        "SQLITE_IOERR": "see to its disk, which may be full, and try again",
        "SQLITE_READONLY": "it and its directory must be writable",
        "SQLITE_CANTOPEN": "it and its directory must be writable",
        "SQLITE_BUSY": "another process has been writing it all the while; try again",
    }
)


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

        Raises TicketlakeError where the file is of a later release, damaged, or cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._explained(), closing(self._connect()) as db:
            self._migrate(db)
            db.execute("begin immediate")
            try:
                yield db
            except BaseException:
                # A full disk has ended the transaction already.
                if db.in_transaction:
                    db.execute("rollback")
                raise
            db.execute("commit")

    def rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        """What a query finds; nothing where the file does not exist yet. Raises as `transaction` does."""
        if not self.exists:
            return []
        with self._explained(), closing(self._connect(reading=True)) as db:
            version = self._version(db)
            if version == 0:
                return []
            if version < SCHEMA_VERSION:
                self._migrate(db)
            return db.execute(sql, parameters).fetchall()

    def check(self) -> None:
        """Read the whole file. Raises StateDamaged where SQLite finds anything wrong with it."""
        if not self.exists:
            return
        with self._explained(), closing(self._connect(reading=True)) as db:
            found = [row[0] for row in db.execute("pragma quick_check(3)").fetchall()]
        if found != ["ok"]:
            raise self._damaged("; ".join(found))

    def _connect(self, *, reading: bool = False) -> sqlite3.Connection:
        path, uri = str(self.path), False
        # Readers of a file in WAL mode write beside it. Where nothing can be written nothing changes, either.
        if reading and not os.access(self.path.parent, os.W_OK) and not Path(f"{self.path}-wal").exists():
            path, uri = f"{self.path.as_uri()}?immutable=1", True
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, uri=uri)
        db.row_factory = sqlite3.Row
        if not reading:
            # What is deleted or replaced is overwritten: it may be a secret, sealed with a key that leaked.
            db.execute("pragma secure_delete = on")
        return db

    def _version(self, db: sqlite3.Connection) -> int:
        version: int = db.execute("pragma user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise TicketlakeError(
                f"{self.path} has schema {version}, made by a later release; this one knows {SCHEMA_VERSION}: upgrade"
            )
        return version

    def _migrate(self, db: sqlite3.Connection) -> None:
        """Bring the file to the present layout, step by step; one that is cut off has not happened."""
        if self._version(db) == SCHEMA_VERSION:
            return
        db.execute("pragma journal_mode = wal")
        while True:
            # Another process may have done this step meanwhile, so the version is asked again inside.
            db.execute("begin immediate")
            version = self._version(db)
            if version < SCHEMA_VERSION:
                phase(f"state layout {version + 1}")
                for statement in MIGRATIONS[version]:
                    db.execute(statement)
                db.execute(f"pragma user_version = {version + 1}")
            db.execute("commit")
            if version >= SCHEMA_VERSION:
                return

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """SQLite's failures as ours, with the file's name and the way out. A constraint that is broken is a bug."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorname", "")
            if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
                raise self._damaged(str(error)) from error
            for beginning, way_out in _WAYS_OUT.items():
                if code.startswith(beginning):
                    raise TicketlakeError(f"{self.path}: {error}; {way_out}") from error
            raise

    def _damaged(self, what: str) -> StateDamaged:
        return StateDamaged(
            f"{self.path} is damaged ({what}); bring back a backup with `ticketlake restore PATH --replace`"
        )


def check_state(settings: Settings) -> None:
    """Raise StateDamaged where the state of a data directory is damaged, or was emptied while the warehouse was not."""
    path = settings.state_path
    if path.is_file() and path.stat().st_size == 0 and settings.warehouse_path.is_file():
        raise StateDamaged(
            f"{path} is empty, though {settings.warehouse_path.name} is there; bring back a backup with"
            " `ticketlake restore PATH --replace`"
        )
    StateDatabase(path).check()


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
