"""What a machine may do to us: survived, or refused with the file's name and the way out; never made worse."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from ingestion.errors import StateDamaged, TicketlakeError
from ingestion.settings import Settings
from orchestration import versions
from orchestration.cycle import open_cycle
from orchestration.job import run_job
from orchestration.machine import clock_warnings
from orchestration.publish import publish
from orchestration.request import CycleRequest
from orchestration.room import check_room
from orchestration.state import AuditLog, Connectors, ConnectorStatus, Runs, StateDatabase, utc_now
from orchestration.state.audit_log import record

#: Publishes with room for files of so many bytes only.
PUBLISHES = """
import resource, sys
from ingestion.settings import load_settings
from orchestration.cycle import open_cycle
from orchestration.request import CycleRequest

with open_cycle(load_settings(), "22222222", CycleRequest("retention")) as cycle:
    cycle._ledger.begin_run("default", "retention")
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
    try:
        cycle.publish()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def shown(settings: Settings) -> list[tuple[str]]:
    with duckdb.connect(str(settings.published_link), read_only=True) as connection:
        return connection.execute("select number from sdm.itsm").fetchall()


def test_a_disk_that_fills_up_leaves_the_version_that_was_good(built: Settings, database: StateDatabase) -> None:
    first = publish(built, database, "11111111", utc_now())
    limit = first.path.stat().st_size // 2
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TICKETLAKE_DATA_DIR", str(built.data_dir))
        environment.setenv("SERVICENOW_INSTANCE_URL", "http://127.0.0.1:9")
        ended = subprocess.run([sys.executable, "-c", PUBLISHES, str(limit)], capture_output=True, check=False)
    assert ended.returncode == 1
    cycle = Runs(database).cycle("22222222")
    assert cycle is not None and (cycle.status, cycle.exit_code) == ("failed", 1)
    assert "cannot be written" in (cycle.error or "") and "disk is full" in (cycle.error or ""), cycle.error
    assert versions.current(built) == first and shown(built) == [("INC1",)]
    with open_cycle(built, "33333333", CycleRequest("retention")) as cycle_with_room:
        cycle_with_room._ledger.begin_run("default", "retention")
        cycle_with_room.publish()
    assert shown(built) == [("INC1",)] and versions.current(built) != first
    assert not list(built.published_dir.glob(".fresh*"))


def test_a_state_that_cannot_grow_says_so_and_keeps_what_it_had(database: StateDatabase) -> None:
    log = AuditLog(database)
    log.record("connector create", "default", actor="command")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(TicketlakeError, match=r"state\.sqlite: .*(make room|its disk)"):
            log.record("connector delete", "default", actor="command", detail={"reason": "x" * 50_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    log.record("connector delete", "default", actor="command")
    assert [entry.action for entry in log.entries()] == ["connector delete", "connector create"]


def test_a_run_without_room_is_not_begun(settings: Settings) -> None:
    settings.published_dir.mkdir()
    # A file without blocks, larger than any disk this runs on.
    vast = settings.published_dir / "itsm-20261101T000000000000Z-11111111.duckdb"
    with vast.open("wb") as handle:
        handle.truncate(shutil.disk_usage(settings.data_dir).free)
    settings.published_link.symlink_to(vast.relative_to(settings.data_dir))
    with pytest.raises(TicketlakeError, match=r"MB left and a run needs .* MB; nothing was touched: make room"):
        check_room(settings)


@pytest.fixture
def read_only(settings: Settings, database: StateDatabase) -> Iterator[list[str]]:
    """How to start a process for which the data directory, with a connector in it, is read-only."""
    Connectors(database).register("default", "http://127.0.0.1:9", ConnectorStatus.ACTIVE, actor="command")
    prefix = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("nothing is read-only for root, and setpriv, which changes that, is not there")
        prefix = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    settings.data_dir.chmod(0o555)
    yield [*prefix, sys.executable, "-m", "orchestration"]
    settings.data_dir.chmod(0o755)


def test_a_read_only_directory_can_be_looked_at_and_nothing_more(read_only: list[str], settings: Settings) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "TICKETLAKE_DATA_DIR": str(settings.data_dir),
        "SERVICENOW_INSTANCE_URL": "http://127.0.0.1:9",
        "SERVICENOW_API_KEY": "k",
    }
    before = sorted(settings.data_dir.iterdir())
    for command, code, says in (
        ("status", 0, "default: active"),
        ("sync", 2, f"data_dir {settings.data_dir} is not writable; set TICKETLAKE_DATA_DIR"),
    ):
        ended = subprocess.run([*read_only, command], env=environment, capture_output=True, text=True, check=False)
        assert (ended.returncode, says in ended.stdout + ended.stderr) == (code, True), ended.stderr
    assert sorted(settings.data_dir.iterdir()) == before


@pytest.mark.parametrize("content", [b"not a database" * 500, b""])
def test_a_damaged_state_is_named_and_never_replaced(built: Settings, content: bytes) -> None:
    built.state_path.write_bytes(content)
    for begin in (
        lambda: run_job(built, CycleRequest()),
        lambda: open_cycle(built, "22222222", CycleRequest()).__enter__(),
    ):
        with pytest.raises(StateDamaged, match=r"state\.sqlite is (damaged|empty).*ticketlake restore PATH --replace"):
            begin()
    assert built.state_path.read_bytes() == content
    assert not built.dagster_home.exists()


def test_damage_in_the_middle_of_the_state_is_found_at_the_start(built: Settings, database: StateDatabase) -> None:
    with database.transaction() as db:
        for number in range(200):
            record(db, "connector create", f"instance-{number}", actor="command", detail={"note": "x" * 200})
    with built.state_path.open("r+b") as handle:
        handle.seek(-8192, os.SEEK_END)
        handle.write(b"\xff" * 8192)
    damaged = built.state_path.read_bytes()
    with pytest.raises(StateDamaged, match=r"state\.sqlite is damaged"):
        open_cycle(built, "22222222", CycleRequest()).__enter__()
    assert built.state_path.read_bytes() == damaged


def test_versions_go_in_time_though_the_clock_was_set_back(built: Settings, database: StateDatabase) -> None:
    for number in range(3):
        publish(built, database, f"run-{number}", utc_now())
    a_year_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=365)
    assert timedelta(0) < versions.unlink_old(built, keep=1, clock=lambda: a_year_ago) <= versions.GRACE
    waits: list[float] = []
    versions.unlink_old_now(built, keep=1, sleep=waits.append, clock=lambda: a_year_ago)
    assert 0 < sum(waits) <= versions.GRACE.total_seconds()
    assert [version.run for version in versions.versions(built)] == ["run-2"]


def test_a_clock_that_was_set_back_hides_no_new_version(built: Settings, database: StateDatabase) -> None:
    first = publish(built, database, "run-0", utc_now())
    ahead = first.path.with_name(f"itsm-{first.published_at + timedelta(days=365):%Y%m%dT%H%M%S%fZ}-run-0.duckdb")
    first.path.rename(ahead)
    built.published_link.unlink()
    built.published_link.symlink_to(ahead.relative_to(built.data_dir))
    for number in (1, 2):
        version = publish(built, database, f"run-{number}", utc_now())
        assert versions.current(built) == version
        assert versions.unlink_old(built) <= versions.GRACE
    assert [version.run for version in versions.versions(built)] == ["run-0", "run-1", "run-2"]


def test_a_clock_that_is_far_ahead_of_the_source_is_warned_of(settings: Settings) -> None:
    by_the_clock = replace(settings, fixed_now=None)
    (warning,) = clock_warnings(by_the_clock, utc_now() - timedelta(days=30))
    assert "30.0 days ahead" in warning and "ticketlake reconcile" in warning
    assert not clock_warnings(by_the_clock, utc_now() - timedelta(hours=20))
    assert not clock_warnings(settings, utc_now() - timedelta(days=30))
