"""One job over the whole graph."""

import dagster as dg

from orchestration.request import CycleRequest

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
