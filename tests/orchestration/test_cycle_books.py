"""A cycle's books: one holder at a time, and every end accounted for, a killed process's too."""

import subprocess
import sys

import pytest

from ingestion.errors import CredentialsRefused, TransientError, WarehouseLocked
from ingestion.settings import Settings
from ingestion.warehouse import data_directory_lock
from orchestration import versions
from orchestration.cycle import open_cycle
from orchestration.ledger import Ledger
from orchestration.publish import publish
from orchestration.request import CycleRequest
from orchestration.state import Connectors, ConnectorStatus, Runs, StateDatabase, utc_now

#: Starts a run, and is gone in the middle of it.
DIES = """
import os, sys
from ingestion.settings import load_settings
from orchestration.cycle import open_cycle
from orchestration.request import CycleRequest
with open_cycle(load_settings(), sys.argv[1], CycleRequest()) as cycle:
    cycle._ledger.begin_attempt("default", "initial")
    os._exit(9)
"""


def die_in_a_run(settings: Settings, run_id: str) -> None:
    environment = {
        "TICKETLAKE_DATA_DIR": str(settings.data_dir),
        "SERVICENOW_INSTANCE_URL": "http://127.0.0.1:9",
        "SERVICENOW_API_KEY": "k",
    }
    ended = subprocess.run([sys.executable, "-c", DIES, run_id], env=environment, check=False)
    assert ended.returncode == 9


def test_a_state_its_process_did_not_survive_is_recovered_at_the_next_start(
    settings: Settings, database: StateDatabase
) -> None:
    die_in_a_run(settings, "11111111-dead")
    connectors, runs = Connectors(database), Runs(database)
    assert connectors.get("default").status is ConnectorStatus.INITIAL_SYNC
    assert runs.of("11111111-dead")[0].status == "running"
    with open_cycle(settings, "22222222-next", CycleRequest()):
        recovered = connectors.get("default")
        assert recovered.status is ConnectorStatus.SYNC_ERROR
        assert recovered.next_attempt is ConnectorStatus.INITIAL_SYNC
        assert recovered.rescheduled_for is not None and recovered.rescheduled_for > utc_now()
    (dead,) = runs.of("11111111-dead")
    assert dead.status == "failed" and "ended without finishing" in (dead.error or "")
    cycle = runs.cycle("11111111-dead")
    assert cycle is not None and (cycle.status, cycle.exit_code) == ("failed", 1)


def test_a_run_that_had_published_when_its_process_died_has_succeeded(built: Settings, database: StateDatabase) -> None:
    die_in_a_run(built, "11111111-dead")
    publish(built, database, "11111111-dead", utc_now())
    with open_cycle(built, "22222222-next", CycleRequest()):
        assert Runs(database).of("11111111-dead")[0].status == "succeeded"
        assert Connectors(database).get("default").status is ConnectorStatus.ACTIVE
    assert versions.current(built) is not None


def test_a_second_run_is_refused_naming_the_holder(settings: Settings, database: StateDatabase) -> None:
    with (
        data_directory_lock(settings, "sync run 1"),
        pytest.raises(WarehouseLocked, match=r"sync run 1 \(process"),
        open_cycle(settings, "22222222", CycleRequest(), lock_seconds=0),
    ):
        raise AssertionError("two runs held the data directory")
    cycle = Runs(database).cycle("22222222")
    assert cycle is not None and (cycle.status, cycle.exit_code) == ("failed", 1)
    assert not Runs(database).of("22222222")


def test_a_tick_that_finds_the_directory_held_counts_as_skipped(settings: Settings, database: StateDatabase) -> None:
    with (
        data_directory_lock(settings, "sync run 1"),
        pytest.raises(WarehouseLocked),
        open_cycle(settings, "22222222", CycleRequest(actor="schedule"), lock_seconds=0),
    ):
        raise AssertionError("two runs held the data directory")
    (run,) = Runs(database).of("22222222")
    assert (run.instance, run.kind, run.status) == ("default", "sync", "skipped")


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (CredentialsRefused("401"), ConnectorStatus.AUTH_ERROR, 3),
        (TransientError("503"), ConnectorStatus.SYNC_ERROR, 1),
        (ZeroDivisionError("a bug"), ConnectorStatus.SYNC_ERROR, 1),
    ],
)
def test_a_failure_ends_run_and_attempt(
    settings: Settings, database: StateDatabase, error: Exception, state: ConnectorStatus, code: int
) -> None:
    with (
        pytest.raises(type(error)),
        open_cycle(settings, "33333333", CycleRequest()) as cycle,
        cycle.step("extract"),
    ):
        Ledger(settings, database, "33333333", CycleRequest()).begin_attempt("default", "initial")
        raise error
    (run,) = Runs(database).of("33333333")
    assert run.status == "failed" and run.exit_code == code and str(error) in (run.error or "")
    assert Connectors(database).get("default").status is state
    ended = Runs(database).cycle("33333333")
    assert ended is not None and ended.exit_code == code


def test_the_state_can_be_read_while_a_run_writes_it(settings: Settings, database: StateDatabase) -> None:
    with open_cycle(settings, "44444444", CycleRequest()), database.transaction() as writing:
        writing.execute("update cycles set error = 'half-way'")
        cycle = Runs(StateDatabase(settings.state_path)).cycle("44444444")
        assert cycle is not None and (cycle.status, cycle.error) == ("running", None)
