"""Dagster's event log as we keep it: who follows a run hears of its events, and in the end they are in one file."""

import threading

import dagster as dg
from dagster._core.events.log import EventLogEntry

from ingestion.settings import Settings
from orchestration.dagster_home import write_dagster_home
from orchestration.environment import prepare_environment
from orchestration.logs import new_run_id


@dg.asset
def tickets() -> None:
    """An asset that does nothing."""


def test_events_are_heard_of_as_they_come_and_end_up_in_one_file(settings: Settings) -> None:
    prepare_environment(settings)
    write_dagster_home(settings)
    home = str(settings.dagster_home)
    heard: list[dg.DagsterEventType | None] = []
    ended = threading.Event()

    def hear(entry: EventLogEntry, _cursor: str) -> None:
        heard.append(entry.dagster_event_type)
        if entry.dagster_event_type is dg.DagsterEventType.RUN_SUCCESS:
            ended.set()

    job = dg.Definitions([tickets]).resolve_implicit_global_asset_job_def()
    run_id = new_run_id()
    with dg.DagsterInstance.from_config(home) as reader, dg.DagsterInstance.from_config(home) as writer:
        reader.watch_event_logs(run_id, None, hear)
        assert job.execute_in_process(instance=writer, run_id=run_id).success
        assert ended.wait(60)
    assert dg.DagsterEventType.STEP_START in heard
    folder = settings.dagster_home / "storage" / "history" / "runs"
    assert {path.name for path in folder.iterdir()} == {"index.db", f"{run_id}.db"}
