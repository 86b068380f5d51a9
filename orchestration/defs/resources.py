"""The cycle as a resource: the data directory is held from the first step of a run to its last."""

from collections.abc import Iterator

import dagster as dg

from ingestion.settings import Settings
from orchestration.cycle import Cycle, ProgressOf, open_cycle
from orchestration.request import CycleRequest
from orchestration.run_history import forget_old_runs

_REQUEST = {
    "kind": dg.Field(str, default_value="sync", description="sync, backfill, reconcile, retention or erase"),
    "actor": dg.Field(str, default_value="command", description="who asked: command, schedule or demo"),
    "instances": dg.Field([str], default_value=[], description="names of instances; none means all"),
    "tables": dg.Field([str], default_value=[], description="names of tables; none means all"),
    "full": dg.Field(bool, default_value=False, description="read everything as if for the first time"),
    "window": dg.Field([str], default_value=[], description="two ISO 8601 times: the window of a backfill"),
    "content": dg.Field(bool, default_value=False, description="reconcile: compare every cell"),
    "allow_mass_delete": dg.Field(bool, default_value=False, description="reconcile: take out however many are gone"),
    "retries": dg.Field(int, default_value=0, description="how often transient failures are tried again"),
}


def cycle(settings: Settings, progress_of: ProgressOf | None = None) -> dg.ResourceDefinition:
    """Gives the steps a `Cycle`. Executors other than in-process would open it once a step."""

    @dg.resource(config_schema=_REQUEST, description="The data directory, held for the whole run")
    def cycle_of_run(context: dg.InitResourceContext) -> Iterator[Cycle]:
        request = CycleRequest.from_config(context.resource_config)
        assert context.run is not None  # resources of a run are made for that run
        try:
            with open_cycle(settings, context.run.run_id, request, progress_of) as opened:
                yield opened
        finally:
            if context.instance is not None:
                forget_old_runs(context.instance)

    return cycle_of_run
