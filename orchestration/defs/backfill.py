"""A job with a partition a day: reading days of `sys_updated_on` again, from the user interface.

Each day is a run of its own. They queue one behind the other, and a tick of the schedule goes first,
so a backfill of months neither stops the syncs nor runs beside one.
"""

from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from ingestion.settings import Settings
from orchestration.defs.jobs import run_config
from orchestration.defs.ticks import BACKFILL_PRIORITY, PRIORITY
from orchestration.request import CycleRequest

NAME = "backfill"


def job(settings: Settings) -> Any:
    """The whole graph for one day of the history that is kept, today included."""
    days = dg.DailyPartitionsDefinition(
        start_date=settings.history_start().strftime("%Y-%m-%d"), timezone="UTC", end_offset=1
    )
    return dg.define_asset_job(
        NAME,
        selection=dg.AssetSelection.all(),
        description="Read a day of sys_updated_on again, cursors untouched; then models, checks, publish",
        config=dg.PartitionedConfig(days, run_config_for_partition_key_fn=lambda day: run_config(request_of(day))),
        tags={PRIORITY: BACKFILL_PRIORITY},
        executor_def=dg.in_process_executor,
    )


def request_of(day: str) -> CycleRequest:
    """The request for a partition, `YYYY-MM-DD`: from its first to its last second, UTC."""
    start = datetime.strptime(day, "%Y-%m-%d")
    return CycleRequest("backfill", actor="backfill", window=(start, start + timedelta(days=1, seconds=-1)), retries=2)
