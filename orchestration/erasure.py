"""Erasing a person through the whole data directory, and what a cycle owes to an erasure.

The rows go first, in one transaction with the proof, then other files; then the job builds the models anew, writes
the warehouse anew, publishes, and unlinks the versions before. A process that dies in between leaves
`ticketlake.pending_rewrites`, by which the next cycle does the rest.
"""

from dataclasses import dataclass, replace
from typing import Any

import duckdb

from ingestion import warehouse
from ingestion.erasure.erasing import Erasure, ErasureRequest, erase
from ingestion.erasure.files import Swept, sweep
from ingestion.errors import ConfigurationError
from ingestion.settings import Settings
from ingestion.warehouse import BOOKKEEPING
from orchestration import versions
from orchestration.credentials.keys import known_keys
from orchestration.state import StateDatabase
from orchestration.state.audit_log import AuditLog


@dataclass(frozen=True)
class ErasedRows:
    """What was done before the job: rows by place, and other files."""

    erasure: Erasure
    swept: Swept

    def as_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {**self.erasure.as_json(), "files": vars(self.swept)}

    def lines(self) -> list[str]:
        """The same for a person, without anybody's name."""
        persons = [f"{instance}: sys_user {sys_id}" for instance, sys_id in self.erasure.persons]
        changed = [str(line) for line in self.erasure.changed]
        files = [f"unlinked {name}" for name in self.swept.unlinked]
        left = [f"{name}: {reason}" for name, reason in self.swept.left.items()]
        return [f"erased as {self.erasure.label}", *persons, *changed, *files, *left]


def erase_rows(settings: Settings, request: ErasureRequest, *, dry_run: bool = False) -> ErasedRows:
    """Take the person out of all rows and of the files beside them; with `dry_run` only say what would change.

    Raises ConfigurationError where there is no key or it is not clear who is meant, WarehouseLocked where another
    run holds the data directory.
    """
    settings = with_key(settings)
    with warehouse.data_directory_lock(settings, "erase"):
        with warehouse.connect(settings) as connection:
            warehouse.ensure_schema(connection)
            erasure = erase(connection, settings, request, dry_run=dry_run)
        swept = Swept() if dry_run else sweep(settings, erasure.told)
    if not dry_run:
        AuditLog(StateDatabase(settings.state_path)).record(
            "erase",
            erasure.label,
            actor=request.requested_by,
            detail={"erasure_id": erasure.erasure_id, "rows": sum(line.rows for line in erasure.changed)},
        )
    return ErasedRows(erasure, swept)


def with_key(settings: Settings) -> Settings:
    """The settings with a secret key, from the keyring where the environment gives none.

    Raises ConfigurationError where neither has one.
    """
    return settings if settings.secret_key else replace(settings, secret_key=known_keys(settings)[0])


def with_secret(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Settings:
    """The same where a policy or an earlier erasure will ask for it; a missing one is told by who asks."""
    used = connection.execute(f"SELECT 1 FROM {BOOKKEEPING}.privacy_key").fetchall()
    if not used and not any(instance.privacy.needs_key for instance in settings.instances.values()):
        return settings
    try:
        return with_key(settings)
    except ConfigurationError:
        return settings


def is_rewrite_owed(settings: Settings) -> bool:
    """Whether files hold what rows no longer do."""
    with warehouse.connect(settings, read_only=True) as connection:
        return bool(connection.execute(f"SELECT 1 FROM {BOOKKEEPING}.pending_rewrites LIMIT 1").fetchall())


def settle_rewrites(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Strike out the rewrites of which no published version is from before: they were done to their end."""
    oldest = min((version.published_at for version in versions.versions(settings)), default=None)
    if oldest is not None:
        connection.execute(f"DELETE FROM {BOOKKEEPING}.pending_rewrites WHERE since < ?", [oldest])
