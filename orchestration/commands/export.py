"""`ticketlake export`: the published tables as files, for tools that do not read DuckDB."""

from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ingestion.settings import load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering


class Format(StrEnum):
    """What files there are to choose from."""

    PARQUET = "parquet"
    CSV = "csv"


@answering
def export(
    kind: Annotated[Format, typer.Option("--format", help="Parquet keeps types and comments; CSV opens everywhere.")],
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder for the files instead of export/ in the data directory.", show_default=False),
    ] = None,
    config: options.Config = None,
) -> Answer:
    """Write every published table as <schema>/<table>.parquet or .csv."""
    settings = load_settings(config)

    from ingestion.warehouse import data_directory_lock
    from orchestration.export import export as write
    from orchestration.export import folder_of

    folder = folder_of(settings, to)
    # Files of its own belong to what a run rewrites; elsewhere an export keeps no run waiting.
    inside = folder == settings.export_dir and settings.published_link.exists()
    with data_directory_lock(settings, "export") if inside else nullcontext():
        exported = write(settings, kind.value, folder)
    size = sum(table.bytes for table in exported.tables)
    return Answer(
        exported.as_json(),
        [
            f"{len(exported.tables)} tables, {sum(table.rows for table in exported.tables):,} rows,"
            f" {size / 1e6:,.1f} MB in {folder}",
            f"of {exported.version}: published {exported.published_at} UTC, data as of {exported.data_as_of} UTC",
        ],
    )
