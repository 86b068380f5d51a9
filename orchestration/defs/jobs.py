"""One job over the whole graph, and its schedule."""

import dagster as dg

from ingestion.errors import ConfigurationError
from ingestion.settings import Settings
from orchestration.connectors import targets_of
from orchestration.request import CycleRequest
from orchestration.state import StateDatabase

NAME = "cycle"


def scheduled(*instances: str) -> CycleRequest:
    """What a tick asks for; without names, of all that have no schedule of their own."""
    # There is time until the next tick.
    return CycleRequest(actor="schedule", instances=instances, retries=2)


cycle = dg.define_asset_job(
    NAME,
    selection=dg.AssetSelection.all(),
    description="Extract, load, deletes, retention, models, checks, publish",
    executor_def=dg.in_process_executor,
)


def run_config(request: CycleRequest, log_level: str = "WARNING") -> dict[str, object]:
    """The run configuration that carries a request to the job. The event log has what the console leaves out."""
    return {
        "resources": {"cycle": {"config": request.to_config()}},
        "loggers": {"console": {"config": {"log_level": log_level}}},
    }


def schedule(settings: Settings) -> dg.ScheduleDefinition:
    """`sync_cron`, in UTC, running unless stopped in the UI."""

    @dg.schedule(
        job=cycle,
        name="sync",
        cron_schedule=settings.sync_cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def sync(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        try:
            targets_of(settings, StateDatabase(settings.state_path), scheduled=True)
        except ConfigurationError as error:
            return dg.SkipReason(str(error))
        return dg.RunRequest(run_key=context.scheduled_execution_time.isoformat(), run_config=run_config(scheduled()))

    return sync
