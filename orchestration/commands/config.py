"""`ticketlake config`: versions of the configuration, and the log of who changed what."""

import difflib
from pathlib import Path
from typing import Annotated, Any

import typer

from ingestion.settings import CONFIG_FILE, STATE_FILE, data_dir_of
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.configuration.document import changes
from orchestration.configuration.rollback import roll_back
from orchestration.state import AuditLog, StateDatabase
from orchestration.state.configuration import Configuration, Configurations

config = typer.Typer(help="Versions of the configuration, and who changed what.", no_args_is_help=True)

Version = Annotated[int, typer.Argument(help="Number of a version, as `config history` shows it.", min=1)]


@config.command()
@answering
def history(config: options.Config = None) -> Answer:
    """All versions: when and by whom they were recorded, and what each changed."""
    versions = Configurations(_database(config)).all()
    found = [(each, _changed_since(versions[:place], each)) for place, each in enumerate(versions)]
    return Answer(
        {"versions": [{**_head(each), "changed": changed, "error": each.error} for each, changed in found]},
        [_line(each, changed) for each, changed in found] or ["no version yet; a run records the first"],
    )


@config.command()
@answering
def diff(before: Version, after: Version, config: options.Config = None) -> Answer:
    """What differs between two versions: settings in effect, then the lines of the file."""
    configurations = Configurations(_database(config))
    old, new = configurations.get(before), configurations.get(after)
    changed = changes(old.settings or {}, new.settings or {})
    lines = [f"{name}: {was!r} -> {now!r}" for name, (was, now) in changed.items()]
    file = list(
        difflib.unified_diff(
            (old.file or "").splitlines(),
            (new.file or "").splitlines(),
            f"ticketlake.toml of version {before}",
            f"ticketlake.toml of version {after}",
            lineterm="",
        )
    )
    return Answer(
        {
            "from": _head(old),
            "to": _head(new),
            "changed": [{"setting": name, "from": was, "to": now} for name, (was, now) in changed.items()],
            "file": file,
        },
        [*lines, *file] or ["no difference"],
    )


@config.command()
@answering
def rollback(version: Version, config: options.Config = None) -> Answer:
    """Make ticketlake.toml what it was in a version; what it replaces is kept as a version."""
    done = roll_back(_database(config), config or Path(CONFIG_FILE), version, actor="command")
    lines = [
        f"{done.file} is as it was in version {done.target}; in effect from the next run on, as version {done.version}"
    ]
    if done.kept:
        lines.append(f"the file it replaced is kept as version {done.kept}")
    if done.differs:
        lines.append(
            f"not as in version {done.target}, because the environment decides them: {', '.join(done.differs)}"
        )
    return Answer({**vars(done), "file": str(done.file)}, lines)


@config.command()
@answering
def audit(
    limit: Annotated[int, typer.Option(help="How many of the latest entries.", min=1)] = 50,
    config: options.Config = None,
) -> Answer:
    """Who changed what when: configurations, connectors, deletions, keys, backups. Newest first."""
    entries = AuditLog(_database(config)).entries(limit)
    return Answer(
        {"entries": [{**vars(entry), "at": str(entry.at)} for entry in entries]},
        [
            f"{entry.at} {entry.actor} ({entry.os_user}) {entry.action} {entry.subject}"
            + "".join(f" {name}={value}" for name, value in entry.detail.items())
            for entry in entries
        ]
        or ["nothing has been changed yet"],
    )


def _database(config: Path | None) -> StateDatabase:
    """The state, wherever the present configuration puts it; it need not be valid otherwise."""
    return StateDatabase(data_dir_of(config) / STATE_FILE)


def _head(version: Configuration) -> dict[str, Any]:
    return {
        "version": version.version,
        "recorded_at": str(version.recorded_at),
        "actor": version.actor,
        "os_user": version.os_user,
        "cause": version.cause,
        "ticketlake_version": version.ticketlake_version,
    }


def _changed_since(earlier: list[Configuration], version: Configuration) -> list[str]:
    """Names of the settings that the version changed; none for the first, and for one that was never in effect."""
    before = next((each.settings for each in reversed(earlier) if each.settings is not None), None)
    return list(changes(before, version.settings)) if before is not None and version.settings is not None else []


def _line(version: Configuration, changed: list[str]) -> str:
    what = f"not valid: {version.error}" if version.error else ", ".join(changed)
    return (
        f"{version.version:4} {version.recorded_at} {version.actor} ({version.os_user}),"
        f" {version.cause}{f': {what}' if what else ''}"
    )
