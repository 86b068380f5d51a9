"""The Dagster definitions, put together from the modules of this package."""

import dagster as dg

from ingestion.settings import Settings
from orchestration.cycle import ProgressOf
from orchestration.dbt_project import prepare_manifest, public_models
from orchestration.defs import (
    backfill,
    ingestion,
    jobs,
    own_schedules,
    publishing,
    quality,
    resources,
    schedules,
    transformation,
)
from orchestration.schedule import interval


def build_definitions(settings: Settings, progress_of: ProgressOf | None = None) -> dg.Definitions:
    """Assets, checks, the one job and its schedule, for a data directory.

    `progress_of` shows extraction to a person; the schedule has none.
    """
    manifest = prepare_manifest(settings)
    public = [dg.AssetKey(list(model)) for model in public_models(manifest)]
    return dg.Definitions(
        assets=[
            ingestion.raw_servicenow,
            ingestion.retention,
            transformation.models(settings, manifest),
            publishing.published(public, interval(settings.sync_cron)),
        ],
        asset_checks=[quality.raw_checks, quality.public_checks(public)],
        jobs=[jobs.cycle, backfill.job(settings)],
        schedules=[schedules.schedule(settings)],
        sensors=[own_schedules.sensor(settings)],
        resources={
            "cycle": resources.cycle(settings, progress_of),
            "dbt": transformation.dbt_resource(),
        },
        executor=dg.in_process_executor,
    )
