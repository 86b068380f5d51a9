"""A newer version of the published file, shown the way the pipeline shows one."""

import shutil
from pathlib import Path

import duckdb

from ingestion.settings import load_settings
from orchestration.versions import show

#: By how much the newer version's figures differ.
LONGER_BY_MINUTES = 3600
DATA_AS_OF = "2031-05-17 08:09:00"
SHOWN_AS = "17 May 2031, 08:09 UTC"

_CHANGES = f"""
    update metrics.mttr set mttr_minutes = mttr_minutes + {LONGER_BY_MINUTES},
        median_minutes = median_minutes + {LONGER_BY_MINUTES}, p90_minutes = p90_minutes + {LONGER_BY_MINUTES};
    update sdm.itsm set resolve_minutes = resolve_minutes + {LONGER_BY_MINUTES};
    insert into meta.publications by name
        select 'a later run' as run_id, max(published_at) + interval 1 day as published_at,
            timestamp '{DATA_AS_OF}' as data_as_of, max(ticketlake_version) as ticketlake_version
        from meta.publications;
"""


def publish_another(data_dir: Path) -> None:
    """Show a version in which every ticket took longer to resolve."""
    settings = load_settings(environ={"TICKETLAKE_DATA_DIR": str(data_dir)})
    fresh = settings.published_dir / ".fresh-another.duckdb"
    shutil.copyfile(settings.published_link.resolve(), fresh)
    with duckdb.connect(str(fresh)) as connection:
        connection.execute(_CHANGES)
    show(settings, fresh, "another")


def publish_first(data_dir: Path, version: Path) -> None:
    """Show a finished version in a data directory that has none."""
    settings = load_settings(environ={"TICKETLAKE_DATA_DIR": str(data_dir)})
    settings.published_dir.mkdir(parents=True)
    fresh = settings.published_dir / ".fresh-first.duckdb"
    shutil.copyfile(version, fresh)
    show(settings, fresh, "first")
