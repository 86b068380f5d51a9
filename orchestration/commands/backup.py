"""`ticketlake backup` and `ticketlake restore`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ingestion.settings import CONFIG_FILE, Settings, data_dir_of, load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering


@answering
def backup(
    path: Annotated[Path, typer.Argument(help="File to write, or a directory to write one into.")],
    config: options.Config = None,
) -> Answer:
    """Write warehouse, state, published version and ticketlake.toml into one archive, of one moment."""
    settings = load_settings(config)

    from orchestration.recovery.backup import back_up

    where, manifest = back_up(settings, path, actor="command")
    return Answer(
        {"path": str(where), **asdict(manifest)},
        [
            f"{where}: {where.stat().st_size / 1e6:,.1f} MB",
            *(f"  {member.name}: {member.size / 1e6:,.1f} MB" for member in manifest.files),
        ],
    )


@answering
def restore(
    path: Annotated[Path, typer.Argument(help="An archive of `ticketlake backup`.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace what the data directory holds.")] = False,
    config: options.Config = None,
) -> Answer:
    """Make the data directory what it was when an archive was written; the next sync goes on from there."""
    # What is to be restored may be a configuration that is broken here: only the place is asked for.
    data_dir = data_dir_of(config)

    from orchestration.recovery.configuration import place_configuration
    from orchestration.recovery.restore import restore as put_back
    from orchestration.state import StateDatabase

    settings = Settings(data_dir)
    manifest, text = put_back(settings, path, replace=replace, actor="command")
    file = config or Path(CONFIG_FILE)
    lines = place_configuration(StateDatabase(settings.state_path), file, text, replace=replace, actor="command")
    return Answer(
        {"data_dir": str(data_dir), "configuration": lines, **asdict(manifest)},
        [
            f"{data_dir} is as it was at {manifest.made_at} UTC (Ticketlake {manifest.ticketlake_version})",
            *lines,
            "stored credentials need the TICKETLAKE_SECRET_KEY they were stored with",
        ],
    )
