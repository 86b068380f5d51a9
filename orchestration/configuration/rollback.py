"""Bringing an earlier version of `ticketlake.toml` back."""

import os
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import ConfigurationError
from ingestion.settings import Settings, load_settings
from orchestration.configuration.document import changes, document_of
from orchestration.state.audit_log import AuditLog
from orchestration.state.configuration import Configuration, Configurations
from orchestration.state.database import StateDatabase


@dataclass(frozen=True)
class RolledBack:
    """What a rollback did. `kept` is the version that holds the file as it was before, None where there was none.

    `version` is the one in effect now. `differs` are settings that are not as they were in `target`,
    because the environment decides them.
    """

    target: int
    version: int
    kept: int | None
    file: Path
    differs: list[str]


def roll_back(database: StateDatabase, file: Path, version: int, *, actor: str) -> RolledBack:
    """Make `file` what it was in a version: whole, or not at all. What it replaces is kept as a version.

    Raises ConfigurationError, with the file untouched, where there is no such version, it was never
    valid, or this release does not accept it any more.
    """
    configurations = Configurations(database)
    target = configurations.get(version)
    if target.settings is None:
        raise ConfigurationError(f"configuration version {version} was never valid: {target.error}")
    kept = _keep_present(configurations, file, actor)
    settings = _write(file, target)
    document = document_of(settings)
    now = configurations.follow(document, target.file, actor=actor, cause=f"rollback to {version}")
    AuditLog(database).record("config rollback", f"version {version}", actor=actor, detail={"now": now, "kept": kept})
    return RolledBack(version, now, kept, file, list(changes(target.settings, document)))


def _keep_present(configurations: Configurations, file: Path, actor: str) -> int | None:
    if not file.is_file():
        return None
    text = file.read_bytes().decode("utf-8", "backslashreplace")
    document, wrong = None, None
    try:
        document = document_of(load_settings(file))
    except ConfigurationError as error:
        wrong = str(error)
    return configurations.keep(document, text, wrong, actor=actor, cause="replaced by a rollback")


def _write(file: Path, target: Configuration) -> Settings:
    """Put the version's file in place, an empty one where it had none; the settings that hold then."""
    fresh = file.with_name(f".{file.name}.rollback")
    try:
        with fresh.open("w", encoding="utf-8") as handle:
            handle.write(target.file or "")
            handle.flush()
            os.fsync(handle.fileno())
        # Checked before it takes effect: this release may know other settings than the one that wrote it.
        load_settings(fresh)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    return load_settings(file)
