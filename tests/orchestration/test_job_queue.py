"""What runs when: ticks that do not pile up, days of a backfill behind them, runs whose process is gone."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus
from dagster._daemon.monitoring.run_monitoring import monitor_started_run

from ingestion.settings import Settings
from orchestration.cycle import open_cycle
from orchestration.dagster_home import write_dagster_home
from orchestration.defs import backfill
from orchestration.defs.schedules import schedule
from orchestration.defs.ticks import PRIORITY, tick
from orchestration.request import CycleRequest
from orchestration.run_launcher import RunLauncher
from orchestration.state import Runs, StateDatabase, utc_now
from orchestration.state.database import text_of
from tests.orchestration.test_cycle_books import die_in_a_run

RUN_ID = "11111111-1111-1111-1111-111111111111"


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster as it is configured for a data directory."""
    write_dagster_home(settings)
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        yield instance


def run_of(
    instance: dg.DagsterInstance,
    job: str,
    status: dg.DagsterRunStatus,
    tags: Any = None,
    run_id: str | None = None,
) -> dg.DagsterRun:
    """A run that Dagster knows, of a job with that name."""

    @dg.job(name=job)
    def empty() -> None:
        pass

    return instance.create_run_for_job(empty, run_id=run_id, status=status, tags=dict(tags or {}))


def test_a_tick_runs_the_job_and_one_behind_it_is_skipped_and_accounted_for(
    settings: Settings, database: StateDatabase, instance: dg.DagsterInstance
) -> None:
    first = tick(instance, settings, "10:00", ["default"])
    assert isinstance(first, dg.RunRequest)
    assert first.run_config["resources"]["cycle"]["config"]["actor"] == "schedule"
    waiting = run_of(instance, "cycle", dg.DagsterRunStatus.STARTED, first.tags)
    second = tick(instance, settings, "12:00", ["default"])
    assert isinstance(second, dg.SkipReason) and waiting.run_id in (second.skip_message or "")
    (skipped,) = Runs(database).last()
    assert (skipped.instance, skipped.kind, skipped.status) == ("default", "sync", "skipped")
    cycle = Runs(database).cycle(skipped.run_id)
    assert cycle is not None and (cycle.status, cycle.actor) == ("skipped", "schedule")
    assert isinstance(tick(instance, settings, "own 12:00", ["other"], ["other"]), dg.RunRequest)
    instance.delete_run(waiting.run_id)
    run_of(instance, "cycle", dg.DagsterRunStatus.FAILURE, first.tags)
    assert isinstance(tick(instance, settings, "14:00", ["default"]), dg.RunRequest)


def test_the_schedule_asks_for_what_is_ready_and_names_the_tick_by_its_time(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    at = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
    with dg.build_schedule_context(instance, scheduled_execution_time=at) as context:
        (request,) = schedule(settings).evaluate_tick(context).run_requests or ()
    assert request.run_key == at.isoformat()


def test_a_day_of_a_backfill_waits_for_ticks_and_holds_none_up(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    days = backfill.job(settings)
    run_of(instance, backfill.NAME, dg.DagsterRunStatus.STARTED, days.tags)
    meanwhile = tick(instance, settings, "10:00", ["default"])
    assert isinstance(meanwhile, dg.RunRequest)
    assert int(meanwhile.tags[PRIORITY]) > 0 > int(days.tags[PRIORITY])
    request = backfill.request_of("2026-11-19")
    assert (request.kind, request.full) == ("backfill", False)
    assert request.window == (datetime(2026, 11, 19), datetime(2026, 11, 19, 23, 59, 59))
    assert CycleRequest.from_config(request.to_config()) == request


def test_a_run_lives_as_long_as_it_holds_the_data_directory(
    settings: Settings, database: StateDatabase, instance: dg.DagsterInstance
) -> None:
    launcher = instance.run_launcher
    assert isinstance(launcher, RunLauncher)

    def status(run_id: str) -> WorkerStatus:
        run = instance.get_run_by_id(run_id) or run_of(instance, "cycle", dg.DagsterRunStatus.STARTED, run_id=run_id)
        return launcher.check_run_worker_health(run).status

    assert status("00000000-0000-0000-0000-000000000000") is WorkerStatus.RUNNING, "it has minutes to begin"
    with open_cycle(settings, RUN_ID, CycleRequest()):
        assert status(RUN_ID) is WorkerStatus.RUNNING
    assert status(RUN_ID) is WorkerStatus.RUNNING, "it may still have to say how it ended"
    with database.transaction() as db:
        db.execute("update cycles set finished_at = ?", (text_of(utc_now() - timedelta(minutes=6)),))
    assert status(RUN_ID) is WorkerStatus.FAILED


def test_a_run_whose_process_was_killed_is_failed_by_monitoring(
    settings: Settings, database: StateDatabase, instance: dg.DagsterInstance
) -> None:
    die_in_a_run(settings, RUN_ID)
    cycle = Runs(database).cycle(RUN_ID)
    assert cycle is not None and cycle.status == "running"
    run_of(instance, "cycle", dg.DagsterRunStatus.STARTED, run_id=RUN_ID)
    record = instance.get_run_record_by_id(RUN_ID)
    assert record is not None
    workspace: Any = None  # asked for only where runs are resumed
    monitor_started_run(instance, workspace, record, logging.getLogger(__name__))
    failed = instance.get_run_by_id(RUN_ID)
    assert failed is not None and failed.status is dg.DagsterRunStatus.FAILURE
