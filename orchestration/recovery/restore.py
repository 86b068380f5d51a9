"""Making a data directory what it was when an archive was written.

Everything is unpacked and proven beside what is there before anything is touched. One rename then
decides; what follows is carried to its end at the next start where a process died in it.
"""

import json
import shutil
from importlib.metadata import version as release_of
from pathlib import Path

from ingestion import migrations
from ingestion.errors import ConfigurationError
from ingestion.phases import phase
from ingestion.settings import Settings
from ingestion.warehouse import data_directory_lock
from orchestration.disk import sync_to_disk
from orchestration.recovery.archive import (
    CONFIGURATION,
    STATE,
    WAREHOUSE,
    BackupError,
    Manifest,
    read_manifest,
    unpack,
)
from orchestration.state import AuditLog, StateDatabase
from orchestration.state.schema import SCHEMA_VERSION

_UNPACKING = ".restore-unpacking"
_DECIDED = ".restore"
_CONTENTS = "contents.json"


def restore(settings: Settings, archive: Path, *, replace: bool, actor: str) -> tuple[Manifest, str | None]:
    """Restore an archive into the data directory; returns its manifest, and the text of its `ticketlake.toml`.

    Raises ConfigurationError where the directory holds data and `replace` is not given, BackupError where the
    archive is damaged or of a later release. The directory is as it was, then.
    """
    manifest = read_manifest(archive)
    _refuse_later(archive, manifest)
    with data_directory_lock(settings, "restore"):
        finish_restore(settings)
        held = [path.name for path in _belongings(settings).values() if path.exists() or path.is_symlink()]
        if held and not replace:
            raise ConfigurationError(
                f"{settings.data_dir} holds {', '.join(held)}; restore with --replace, or into another directory"
                " (TICKETLAKE_DATA_DIR)"
            )
        text = _unpack(settings, archive, manifest)
        finish_restore(settings)
        detail = {
            "made_at": manifest.made_at,
            "ticketlake_version": manifest.ticketlake_version,
            "replaced": bool(held),
        }
        AuditLog(StateDatabase(settings.state_path)).record("restore", archive.name, actor=actor, detail=detail)
    return manifest, text


def finish_restore(settings: Settings) -> None:
    """Carry a restore that was decided to its end. Call while holding the data directory; most often there is none."""
    shutil.rmtree(settings.data_dir / _UNPACKING, ignore_errors=True)
    decided = settings.data_dir / _DECIDED
    if not decided.is_dir():
        return
    contents: list[str] = json.loads((decided / _CONTENTS).read_text(encoding="utf-8"))
    belongings = _belongings(settings)
    # What stands in `decided` has not been moved yet: only then what it replaces may go.
    for name, path in belongings.items():
        if (decided / name).exists() or name not in contents:
            _remove(path)
        if (decided / name).exists():
            phase(f"restore {name}")
            (decided / name).replace(path)
    shown = next((path for path in settings.published_dir.glob("itsm-*.duckdb")), None)
    if shown is not None:
        shown.chmod(0o444)
        phase("restore link")
        settings.published_link.symlink_to(shown.relative_to(settings.published_link.parent))
    sync_to_disk(settings.data_dir)
    # By one rename: half a directory of this name must never be met.
    decided.replace(settings.data_dir / _UNPACKING)
    shutil.rmtree(settings.data_dir / _UNPACKING)


def _unpack(settings: Settings, archive: Path, manifest: Manifest) -> str | None:
    fresh, decided = settings.data_dir / _UNPACKING, settings.data_dir / _DECIDED
    fresh.mkdir()
    try:
        unpack(archive, manifest, fresh)
        text = fresh / CONFIGURATION
        configuration = text.read_text(encoding="utf-8") if text.is_file() else None
        text.unlink(missing_ok=True)
        contents = [each.name for each in fresh.iterdir()]
        (fresh / _CONTENTS).write_text(json.dumps(contents), encoding="utf-8")
        sync_to_disk(fresh)
        fresh.replace(decided)
    except OSError as error:
        raise BackupError(f"{archive} cannot be unpacked under {settings.data_dir}: {error.strerror}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    sync_to_disk(settings.data_dir)
    phase("restore decided")
    return configuration


def _belongings(settings: Settings) -> dict[str, Path]:
    """What a restore replaces, by its name in the unpacked archive. dlt's own files speak of another warehouse."""
    return {
        STATE: settings.state_path,
        WAREHOUSE: settings.warehouse_path,
        "published": settings.published_dir,
        settings.published_link.name: settings.published_link,
        "dlt": settings.dlt_dir,
    }


def _remove(path: Path) -> None:
    """A file with the logs beside it, a link, or a directory."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
        return
    for suffix in ("-wal", "-shm", ".wal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _refuse_later(archive: Path, manifest: Manifest) -> None:
    later = (manifest.state_layout or 0) > SCHEMA_VERSION or (manifest.warehouse_layout or 0) > migrations.LATEST
    if later:
        raise BackupError(
            f"{archive} was made by Ticketlake {manifest.ticketlake_version} (state layout {manifest.state_layout},"
            f" warehouse layout {manifest.warehouse_layout}); this is {release_of('ticketlake')}, which knows"
            f" {SCHEMA_VERSION} and {migrations.LATEST}: install {manifest.ticketlake_version} or later"
        )
