"""`ticketlake status`: connectors, last runs, freshness, sizes. Reads the state alone, so it answers during a run."""

from pathlib import Path
from typing import Annotated

import typer

from ingestion.settings import Settings, load_settings
from orchestration import versions
from orchestration.commands import options
from orchestration.commands.connector import as_document, line_of
from orchestration.commands.frame import Answer, answering
from orchestration.state import Connectors, Publications, Runs, StateDatabase, utc_now


@answering
def status(
    config: options.Config = None,
    max_age: Annotated[
        float | None,
        typer.Option(help="End with 1 where what is published is older than so many minutes: for monitoring.", min=1),
    ] = None,
) -> Answer:
    """Connectors, last runs, freshness, sizes; answers while a run is under way."""
    settings = load_settings(config)
    database = StateDatabase(settings.state_path)
    connectors, runs = Connectors(database).all(), Runs(database).last(5)
    last, shown = Publications(database).last(), versions.current(settings)
    sizes = _sizes(settings)
    age = (utc_now() - last.published_at).total_seconds() / 60 if last else None
    published = (
        {
            "file": shown.path.name if shown else None,
            "published_at": str(last.published_at),
            "data_as_of": str(last.data_as_of),
            "minutes_since": round(age or 0, 1),
        }
        if last
        else None
    )
    late = _late(age, max_age)
    return Answer(
        {
            "data_dir": str(settings.data_dir),
            "connectors": [as_document(each) for each in connectors],
            "runs": [run.as_json() for run in runs],
            "published": published,
            "sizes": sizes,
        },
        [
            f"data directory {settings.data_dir}",
            *(line_of(each) for each in connectors),
            *([] if connectors else ["no connector yet"]),
            *(
                f"run {run.started_at} {run.instance} {run.kind} {run.status}{f': {run.error}' if run.error else ''}"
                for run in runs
            ),
            f"published {last.published_at} UTC, data as of {last.data_as_of} UTC"
            if last
            else "nothing has been published yet",
            *(f"{name}: {size / 1e6:,.1f} MB" for name, size in sizes.items()),
        ],
        exit_code=1 if late else 0,
        error=late,
    )


def _late(age: float | None, max_age: float | None) -> str | None:
    """What is wrong with the age, in minutes, of what is published; None where it is young enough, or nobody asked."""
    if max_age is None or (age is not None and age <= max_age):
        return None
    found = "nothing has been published yet" if age is None else f"published {age:,.0f} minutes ago"
    return f"{found}; --max-age is {max_age:,.0f}"


def _sizes(settings: Settings) -> dict[str, int]:
    """Bytes on disk of what the data directory holds; what does not exist is left out."""
    parts = {
        "warehouse": settings.warehouse_path,
        "published": settings.published_dir,
        "state": settings.state_path,
        "dagster": settings.dagster_home,
        "reports": settings.reports_dir,
        "export": settings.export_dir,
    }
    return {name: _size(path) for name, path in parts.items() if path.exists()}


def _size(path: Path) -> int:
    """Files may come and go during a run: those that have gone count nothing."""
    total = 0
    for file in [path, *path.rglob("*")] if path.is_dir() else [path]:
        try:
            total += file.lstat().st_size if not file.is_dir() else 0
        except FileNotFoundError:
            continue
    return total
