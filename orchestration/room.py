"""Whether a run has any chance to end on the disk it would write to."""

import shutil

from ingestion.errors import TicketlakeError
from ingestion.settings import Settings
from orchestration import versions

#: What a run of a small instance leaves beside its data: dbt's manifest, Dagster's events, reports, logs of SQLite.
_WORKING_BYTES = 64_000_000


def check_room(settings: Settings) -> None:
    """Raise TicketlakeError where the disk is too full for a run: each writes a whole new version before one goes."""
    shown = versions.current(settings)
    needed = _WORKING_BYTES + (shown.path.stat().st_size if shown and shown.path.is_file() else 0)
    free = shutil.disk_usage(settings.data_dir).free
    if free < needed:
        raise TicketlakeError(
            f"the disk of {settings.data_dir} has {free / 1e6:,.0f} MB left and a run needs {needed / 1e6:,.0f} MB;"
            " nothing was touched: make room, then run again"
        )
