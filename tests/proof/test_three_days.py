"""Three days of ticks every two hours by the instance's clock, with whatever goes wrong in three days.

The first sync and the last tick of each day are the whole job through the command line, the others forks of this
process.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import duckdb
import pytest

from ingestion.errors import WarehouseLocked
from ingestion.instance import EmbeddedProcess, ServeOptions
from ingestion.settings import Settings
from ingestion.warehouse import data_directory_lock
from orchestration import versions
from tests.proof.cycles import START, Company, command_line, cycle_of, lake_of, wrong
from tests.proof.killing import Kill, forked, warm_up

TICKS_A_DAY, DAYS = 12, 3
#: What the instance does, by what a tick suffers.
FAULTS = {
    "down": [{"kind": "server_error", "rate": 1.0}],
    "asleep": [{"kind": "hibernating", "rate": 1.0}],
    "refused": [{"kind": "unauthorized", "rate": 1.0}],
    "shaky": [
        {"kind": "server_error", "rate": 0.05, "seed": 1},
        {"kind": "connection_reset", "rate": 0.03, "seed": 2},
        {"kind": "short_body", "rate": 0.03, "seed": 3},
        {"kind": "bad_body", "form": "cut", "rate": 0.03, "seed": 4},
    ],
}
#: A seventh of all requests fail where the instance is shaky: with four attempts, one of some thousands did not get
#: through, and a tick failed now and then.
ATTEMPTS = 10
#: How a tick ends that suffers it; a killed one has failed unless it had published.
ENDS = {
    "nothing": "succeeded", "shaky": "succeeded", "down": "failed", "asleep": "failed", "refused": "failed",
    "killed": "failed", "held": "skipped",
}  # fmt: skip
#: Phases at which a run is killed, and up to how many times it comes to each.
PHASES = {
    "restore state": 1, "extract rows": 3, "load job": 6, "apply deletes": 1, "expire": 1, "retention": 1,
    "copy": 1, "show": 1, "record publication": 1,
}  # fmt: skip


def plan(seed: int = 3) -> list[str]:
    """What each tick suffers; the last of a day nothing."""
    chance = random.Random(seed)
    kinds = ["down", "down", "asleep", "refused", "held", "killed", "killed", "killed", "shaky", "shaky", "shaky"]
    days = []
    for _ in range(DAYS):
        day = [*kinds[: TICKS_A_DAY - 3], "nothing", "nothing"]
        chance.shuffle(day)
        chance.shuffle(kinds)
        days += [*day, "nothing"]
    return days


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    with EmbeddedProcess(ServeOptions(incidents=60, days=30, now=START)) as served:
        yield Company.found(served)


def test_every_tick_is_accounted_for_and_nothing_is_lost_or_left(company: Company, tmp_path: Path) -> None:
    directory = tmp_path / "data"
    first, said = command_line(directory, company, "sync", None)
    assert first == 0, said[-20:]
    warm_up(tick, lake_of(directory, company).settings, str(uuid4()))
    expected: dict[str, str] = {}
    killed: list[str] = []
    sizes: list[int] = []
    suffered = plan()
    assert len(suffered) == TICKS_A_DAY * DAYS and set(suffered) == set(ENDS)
    for number, kind in enumerate(suffered, 1):
        now = START + number * timedelta(hours=2)
        company.live_on("2h")
        settings = lake_of(directory, company, now, max_attempts=ATTEMPTS, backoff_seconds=0.001).settings
        if number % TICKS_A_DAY == 0:
            code, said = command_line(directory, company, "sync", None, now)
            assert code == 0, said[-20:]
        else:
            run_id = str(uuid4())
            assert suffer(kind, settings, run_id, company, number) in (ENDS[kind], None)
            expected[run_id] = ENDS[kind]
            killed += [run_id] * (kind == "killed")
        if number % TICKS_A_DAY == 0:
            assert forked(tick, settings, str(uuid4()), "retention") == "succeeded"
            sizes.append(forked(disk_use, settings, now))
    # By now what only a reference led to has expired as well.
    company.expired |= company.fetched
    company.fetched.clear()
    assert forked(wrong, directory, company) == []
    ends, published = forked(ends_of_runs, lake_of(directory, company).settings)
    late = {run_id for run_id in killed if run_id in published}
    assert {run_id: ends.get(run_id) for run_id in expected} == expected | dict.fromkeys(late, "succeeded")
    assert 0 < len(late) < len(killed)
    # The first sync, the warm-up, and the last tick of each day.
    others = Counter(end for run_id, end in ends.items() if run_id not in expected)
    assert others == {"succeeded": 2 + DAYS}
    # Of whole jobs there is one a day: Dagster, which remembers twelve, still grows by one.
    assert abs(sizes[2] / sizes[1] - 1) < 0.1, sizes


def suffer(kind: str, settings: Settings, run_id: str, company: Company, number: int) -> str | None:
    """A tick and what befalls it; its end, None where it was killed."""
    control = company.served.control
    if kind in FAULTS:
        control.faults(*FAULTS[kind])
    kill = None
    if kind == "killed":
        phase = random.Random(number).choice(sorted(PHASES))
        kill = Kill.draw(f"days:{number}", phase, PHASES[phase], 0.02)
    try:
        with data_directory_lock(settings, "somebody else") if kind == "held" else nullcontext():
            return forked(tick, settings, run_id, kill=kill)
    finally:
        control.clear_faults()


def tick(settings: Settings, run_id: str, kind: str = "sync") -> str:
    """How it ended."""
    try:
        cycle = cycle_of(settings, run_id, kind, "schedule")
    except WarehouseLocked:
        return "skipped"
    return "failed" if cycle.all_instances_failed else "succeeded"


def ends_of_runs(settings: Settings) -> tuple[dict[str, str], set[str]]:
    """Status of every sync, by run, and the runs that published, as the newest version says."""
    with duckdb.connect(str(settings.published_link), read_only=True) as published:
        rows = published.execute("select run_id, status from meta.sync_runs where kind in ('initial', 'sync')")
        found = rows.fetchall()
        runs = {run for (run,) in published.execute("select run_id from meta.publications").fetchall()}
    assert len(found) == len(dict(found)), "a run is there twice"
    return dict(found), runs


def disk_use(settings: Settings, now: datetime) -> int:
    """Bytes of all files, once readers of earlier versions have had their time."""
    later = max(version.published_at for version in versions.versions(settings)) + timedelta(minutes=1)
    versions.unlink_old(settings, keep=1, clock=lambda: later)
    return sum(path.stat().st_blocks * 512 for path in settings.data_dir.rglob("*") if path.is_file())
