"""The published versions: `published/itsm-<UTC stamp>-<run>.duckdb`, and the link that shows one.

A reader resolves the link once and then holds its file; unlinking a version never disturbs it. Only
a reader between resolving and opening could miss its file, hence the grace before a version goes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path

from ingestion.phases import phase
from ingestion.settings import Settings
from orchestration.disk import sync_to_disk

KEEP = 2
GRACE = timedelta(seconds=30)
_STAMP = "%Y%m%dT%H%M%S%fZ"
_FRESH = ".fresh-"


@dataclass(frozen=True, order=True)
class Version:
    """One published file; orders by the time it was published (naive UTC)."""

    published_at: datetime
    run: str
    path: Path

    @classmethod
    def of(cls, path: Path) -> "Version | None":
        """The version a file name says, or None where it says none."""
        name, _, run = path.stem.removeprefix("itsm-").partition("-")
        try:
            return cls(datetime.strptime(name, _STAMP), run, path)
        except ValueError:
            return None


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def short(run_id: str) -> str:
    """What a file name keeps of a run id."""
    return run_id[:8]


def versions(settings: Settings) -> list[Version]:
    """All published files, oldest first."""
    return sorted(filter(None, map(Version.of, settings.published_dir.glob("itsm-*.duckdb"))))


def current(settings: Settings) -> Version | None:
    """The version that `itsm.duckdb` shows."""
    link = settings.published_link
    return Version.of(link.parent / link.readlink()) if link.is_symlink() else None


def fresh_file(settings: Settings, run_id: str) -> Path:
    """Where a new version is written; `discard_unfinished` knows it by its name."""
    settings.published_dir.mkdir(parents=True, exist_ok=True)
    return settings.published_dir / f"{_FRESH}{short(run_id)}.duckdb"


def show(settings: Settings, fresh: Path, run_id: str) -> Version:
    """Make a finished file the one that readers find.

    The file reaches the disk before its name does, and its name before the link: a crash leaves the
    old version or the new one, never half of either.
    """
    sync_to_disk(fresh)
    fresh.chmod(0o444)
    path = settings.published_dir / f"itsm-{_next_stamp(settings):{_STAMP}}-{short(run_id)}.duckdb"
    fresh.replace(path)
    sync_to_disk(path.parent)
    phase("swap link")
    link = settings.published_link
    swap = link.with_name(f"{_FRESH}{link.name}")
    swap.unlink(missing_ok=True)
    swap.symlink_to(path.relative_to(link.parent))
    swap.replace(link)
    sync_to_disk(link.parent)
    shown = Version.of(path)
    assert shown is not None
    return shown


def _next_stamp(settings: Settings) -> datetime:
    """Now, or just after the newest version where the clock was set back: names keep their order."""
    return max([_now(), *(version.published_at + timedelta(microseconds=1) for version in versions(settings)[-1:])])


def discard_unfinished(settings: Settings) -> None:
    """Remove what a process that died before its swap left. Call while holding the data directory."""
    for leftover in (*settings.published_dir.glob(f"{_FRESH}*"), *settings.data_dir.glob(f"{_FRESH}*")):
        leftover.unlink(missing_ok=True)
    shown = current(settings)
    for version in versions(settings):
        if shown is None or version > shown:
            version.path.unlink(missing_ok=True)


def unlink_old(settings: Settings, keep: int = KEEP, clock: Callable[[], datetime] = _now) -> timedelta:
    """Unlink all but the newest `keep` versions, each once its grace after the swap has passed.

    Returns how long until the last of them may go; zero where none is left over. Never longer than the
    grace, however far the clock has been set back.
    """
    known = versions(settings)
    now = clock()
    wait = timedelta(0)
    for version, successor in islice(pairwise(known), max(0, len(known) - keep)):
        left = min(_shown_at(successor), now) + GRACE - now
        if left <= timedelta(0):
            version.path.unlink(missing_ok=True)
        wait = max(wait, left)
    return wait


def unlink_old_now(
    settings: Settings,
    keep: int,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime] = _now,
) -> None:
    """The same, but come back only when it is done: after a rewrite the old data must be gone."""
    old = versions(settings)[:-keep]
    waited = timedelta(0)
    while (wait := unlink_old(settings, keep, clock)) > timedelta(0) and waited < GRACE:
        sleep(wait.total_seconds())
        waited += wait
    # By a clock that was set back their grace would never end; all of it has passed here.
    for version in old:
        version.path.unlink(missing_ok=True)


def _shown_at(version: Version) -> datetime:
    """When the link was swapped: by the name, or by the file's own time where the clock has been set back since."""
    try:
        changed = datetime.fromtimestamp(version.path.stat().st_ctime, UTC).replace(tzinfo=None)
    except FileNotFoundError:
        # The data directory is no longer held: another process may clear up as well.
        return version.published_at
    return min(version.published_at, changed)
