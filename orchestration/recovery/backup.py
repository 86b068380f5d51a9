"""One archive of warehouse, state, published version and `ticketlake.toml`, all of one moment."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version as release_of
from pathlib import Path

from ingestion import migrations
from ingestion.errors import ConfigurationError, TicketlakeError
from ingestion.settings import Settings
from ingestion.warehouse import connect, data_directory_lock
from orchestration import versions
from orchestration.recovery.archive import CONFIGURATION, STATE, WAREHOUSE, Manifest, writing
from orchestration.recovery.restore import finish_restore
from orchestration.state import AuditLog, StateDatabase


def back_up(settings: Settings, target: Path, *, actor: str) -> tuple[Path, Manifest]:
    """Write an archive, holding the data directory meanwhile; returns where it is and what it holds.

    A directory as `target` gets a file named by the time. How far dlt has read is in the warehouse, and
    credentials are in the state as they are stored, encrypted; the key is not part of it. Raises
    ConfigurationError where the archive would replace a file or lie under the data directory, whose
    files retention and erasure answer for, and TicketlakeError where there is nothing to back up.
    """
    now = datetime.now(UTC)
    path = _checked(settings, target / f"ticketlake-{now:%Y%m%dT%H%M%SZ}.tar" if target.is_dir() else target)
    database = StateDatabase(settings.state_path)
    with data_directory_lock(settings, "backup"):
        finish_restore(settings)
        if not database.exists:
            raise TicketlakeError(f"{settings.data_dir} holds nothing to back up yet; run `ticketlake sync`")
        database.check()
        layout = _checkpoint(settings)
        state, state_layout = _state(settings)
        with writing(path) as archive:
            archive.add_bytes(STATE, state)
            if layout is not None:
                archive.add_file(WAREHOUSE, settings.warehouse_path)
            if shown := versions.current(settings):
                archive.add_file(f"published/{shown.path.name}", shown.path)
            if settings.config_text is not None:
                archive.add_bytes(CONFIGURATION, settings.config_text.encode())
            manifest = archive.finish(
                Manifest(release_of("ticketlake"), f"{now:%Y-%m-%d %H:%M:%S}", state_layout, layout)
            )
        detail = {"files": len(manifest.files), "bytes": path.stat().st_size}
        AuditLog(database).record("backup", path.name, actor=actor, detail=detail)
    return path, manifest


def _checked(settings: Settings, path: Path) -> Path:
    path = path.absolute()
    if path.exists():
        raise ConfigurationError(f"{path} exists; name a file that does not, or a directory")
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path.parent} is no directory")
    if path.resolve().is_relative_to(settings.data_dir.resolve()):
        raise ConfigurationError(
            f"{path} lies under the data directory, where retention and erasure must reach every file; name another"
        )
    return path


def _checkpoint(settings: Settings) -> int | None:
    """Bring everything into the warehouse file itself; its layout, None where there is no warehouse yet."""
    if not settings.warehouse_path.is_file():
        return None
    with connect(settings) as connection:
        connection.execute("CHECKPOINT")
        found = migrations.layout_of(connection)
    return found.number if found else None


def _state(settings: Settings) -> tuple[bytes, int]:
    """The state of this moment, whoever else writes it, and its layout."""
    with closing(sqlite3.connect(settings.state_path)) as db:
        db.execute("begin")
        layout: int = db.execute("pragma user_version").fetchone()[0]
        content = db.serialize()
    return content, layout
