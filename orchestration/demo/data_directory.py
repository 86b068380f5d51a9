"""The data directory of a demonstration: only ever its own."""

import shutil

from ingestion.errors import ConfigurationError
from ingestion.settings import Settings
from ingestion.warehouse import data_directory_lock
from orchestration.state import Connectors, StateDatabase

NAME = "demo"


def replace_earlier_demo(settings: Settings) -> None:
    """Remove what an earlier demonstration left.

    Raises ConfigurationError, with nothing touched, where the directory holds another connector.
    """
    with data_directory_lock(settings, "demo"):
        others = [each.name for each in Connectors(StateDatabase(settings.state_path)).all() if each.name != NAME]
        if others:
            raise ConfigurationError(
                f"{settings.data_dir} holds connector {others[0]!r}; set TICKETLAKE_DATA_DIR to another directory"
            )
        for directory in (
            settings.published_dir, settings.dlt_dir, settings.dagster_home, settings.reports_dir, settings.export_dir,
        ):  # fmt: skip
            shutil.rmtree(directory, ignore_errors=True)
        settings.published_link.unlink(missing_ok=True)
        for path in (settings.warehouse_path, settings.state_path):
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink()
