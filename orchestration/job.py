"""Running the job in this process, as `ticketlake sync` does: the same job that the schedule starts."""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingestion.errors import TicketlakeError
from ingestion.settings import Settings
from ingestion.warehouse import prepare_data_dir
from orchestration.cycle import ProgressOf
from orchestration.dagster_home import write_dagster_home
from orchestration.environment import prepare_environment
from orchestration.logs import new_run_id
from orchestration.request import CycleRequest
from orchestration.room import check_room
from orchestration.state import Publications, Run, Runs, StateDatabase, check_state


@dataclass(frozen=True)
class Outcome:
    """How a pass ended: `error` is None and `exit_code` 0 where all is well.

    `instances` are the runs, each with its rows of `meta.sync_tables`; `published` the new version.
    """

    run_id: str
    status: str
    exit_code: int
    error: str | None
    instances: list[tuple[Run, list[dict[str, Any]]]]
    published: str | None


def run_job(
    settings: Settings, request: CycleRequest, progress_of: ProgressOf | None = None, *, debug: bool = False
) -> Outcome:
    """Run the job to its end. Failures of a step are in the outcome, not raised."""
    prepare_data_dir(settings)
    # Told here, before anything is written: a step could only say that it failed.
    check_room(settings)
    check_state(settings)
    prepare_environment(settings)
    write_dagster_home(settings)

    import dagster as dg

    from orchestration.defs import build_definitions
    from orchestration.defs.ingestion import RAW_KEYS
    from orchestration.defs.jobs import NAME, run_config

    definitions = build_definitions(settings, progress_of)
    job = definitions.resolve_job_def(NAME)
    run_id = new_run_id()
    # Failures are told by the command line, in one line each.
    config = run_config(request, "DEBUG" if debug else "CRITICAL")
    selection = None
    if request.asks_nothing:
        # Nothing is asked of the source: the graph from retention on.
        selection = sorted(definitions.resolve_asset_graph().materializable_asset_keys - set(RAW_KEYS))
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance, _dbt_output(shown=debug):
        result = job.execute_in_process(
            run_config=config, instance=instance, run_id=run_id, raise_on_error=False, asset_selection=selection
        )
    return outcome_of(settings, run_id, succeeded=result.success)


def outcome_of(settings: Settings, run_id: str, *, succeeded: bool) -> Outcome:
    """What the state says of a run that has ended.

    Raises TicketlakeError where the job failed before it could write there.
    """
    database = StateDatabase(settings.state_path)
    runs = Runs(database)
    cycle = runs.cycle(run_id)
    if cycle is None or cycle.exit_code is None or (cycle.exit_code == 0 and not succeeded):
        raise TicketlakeError(f"run {run_id} failed outside its steps; repeat with --debug for its log")
    last = Publications(database).last()
    return Outcome(
        run_id,
        cycle.status,
        cycle.exit_code,
        cycle.error,
        [(run, runs.tables(run_id, run.instance)) for run in runs.of(run_id)],
        last.file if last and last.run_id == run_id else None,
    )


@contextlib.contextmanager
def _dbt_output(*, shown: bool) -> Iterator[None]:
    """dbt's lines are written to our standard output, which is the command's own: show them to the debugger only."""
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(sys.stderr if shown else nowhere):
        yield
