"""The job's schedule: every instance that has none of its own."""

import dagster as dg

from ingestion.errors import ConfigurationError
from ingestion.settings import Settings
from orchestration.connectors import targets_of
from orchestration.defs.jobs import cycle
from orchestration.defs.ticks import tick
from orchestration.state import StateDatabase


def schedule(settings: Settings) -> dg.ScheduleDefinition:
    """`sync_cron`, in UTC, running unless stopped in the UI. Of ticks missed while nobody was there the last counts."""

    @dg.schedule(
        job=cycle,
        name="sync",
        cron_schedule=settings.sync_cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Runs the job for every connector without a schedule of its own",
    )
    def sync(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        try:
            targets = targets_of(settings, StateDatabase(settings.state_path), scheduled=True)
        except ConfigurationError as error:
            return dg.SkipReason(str(error))
        run_key = context.scheduled_execution_time.isoformat()
        return tick(context.instance, settings, run_key, [instance.name for instance in targets])

    return sync
