"""The Dagster definitions, put together from the modules of this package."""

from collections.abc import Callable

import dagster as dg

from ingestion.settings import Settings
from orchestration.cycle import ProgressOf
from orchestration.dbt_project import prepare_manifest, public_models
from orchestration.defs import (
    alerting,
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
from orchestration.freshness import windows


def build_definitions(settings: Settings, progress_of: ProgressOf | None = None) -> dg.Definitions:
    """Assets, checks, the one job and its schedule, for a data directory.

    `progress_of` shows extraction to a person; the schedule has none.
    """
    manifest = prepare_manifest(settings)
    public = [dg.AssetKey(list(model)) for model in public_models(manifest)]
    assets = [
        ingestion.raw_servicenow,
        ingestion.retention,
        transformation.models(settings, manifest),
        publishing.published(public),
    ]
    return dg.Definitions(
        assets=dg.map_asset_specs(_common(settings), assets),
        asset_checks=[quality.raw_checks, quality.public_checks(public)],
        jobs=[jobs.cycle, backfill.job(settings)],
        schedules=[schedules.schedule(settings)],
        sensors=[own_schedules.sensor(settings), *alerting.sensors(settings)],
        resources={
            "cycle": resources.cycle(settings, progress_of),
            "dbt": transformation.dbt_resource(),
        },
        executor=dg.in_process_executor,
    )


def _common(settings: Settings) -> Callable[[dg.AssetSpec], dg.AssetSpec]:
    """What every asset has: a group, for models their schema, and how old it may be, as every run makes all of them."""
    late, stale = windows(settings.sync_cron)
    fresh = dg.FreshnessPolicy.time_window(fail_window=stale, warn_window=late)

    def common(spec: dg.AssetSpec) -> dg.AssetSpec:
        is_grouped = spec.group_name not in (None, "default")
        grouped = spec if is_grouped else spec.replace_attributes(group_name=spec.key.path[0])
        return dg.apply_freshness_policy(grouped, fresh)

    return common
