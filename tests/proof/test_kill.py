"""Runs killed at seeded moments of every phase, and run again: always the truth, and readers never notice.

Most runs are forks of this process and publish through views in place of the models; those of the
command line are the whole job. The instance lives on between a kill and the next run.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from ingestion import warehouse
from ingestion.instance import EmbeddedProcess, ServeOptions
from orchestration.state import Runs, StateDatabase
from tests.proof.cycles import START, Company, command_line, lake_of, run, wrong
from tests.proof.killing import Kill, Seen, forked, reading, warm_up

#: Phase, up to which time it comes, and up to how many milliseconds later the kill.
INITIAL = {
    "plan": (1, 300), "extract rows": (25, 20), "normalize package": (4, 150), "load package": (4, 100),
    "load job": (40, 30), "package loaded": (4, 200), "extract package": (5, 60), "remove absent rows": (1, 15),
    "fetch references": (1, 40), "record coverage": (1, 20),
}  # fmt: skip
SYNC = {
    "begin": (1, 30), "restore state": (1, 300), "read dictionary": (1, 30), "extract rows": (3, 20),
    "normalize package": (1, 80), "load package": (1, 80), "load job": (6, 20), "apply deletes": (1, 25),
    "expire": (1, 30), "record coverage": (1, 20), "keep report": (1, 5),
}  # fmt: skip
RECONCILE = {"compare keys": (9, 20), "heal": (9, 15), "load job": (6, 20)}
DAILY = {"compare keys": (9, 20), "heal": (9, 10)}
PUBLISH = {
    "retention": (1, 20), "land state": (1, 15), "copy": (1, 60), "show": (1, 5), "swap link": (1, 0),
    "record publication": (1, 0), "close books": (1, 2), "follow": (1, 10),
}  # fmt: skip
RETENTION = {"rewrite": (1, 150), "copy": (1, 60)}

MOMENTS = [
    pytest.param(kind, Kill.draw(f"{kind}:{phase}", phase, hits, delay / 1000), id=f"{kind}-{phase.replace(' ', '_')}")
    # Syncs come before what changes silently, which they would not find.
    for kind, phases in {
        "sync": SYNC, "reconcile": RECONCILE, "daily": DAILY, "publish": PUBLISH, "retention": RETENTION,
        "initial": INITIAL,
    }.items()
    for phase, (hits, delay) in phases.items()
]  # fmt: skip
#: Of runs through the command line, one after the other on one data directory; None: to its end.
COMMANDS: list[tuple[str, Kill | None]] = [
    ("sync", Kill("extract rows", 3, 0.0)),
    ("sync", Kill("load job", 9, 0.01)),
    ("sync", Kill("models", 1, 3.0)),
    ("sync", None),
    ("sync", Kill("check public", 1, 0.2)),
    ("reconcile", Kill("copy", 1, 0.05)),
    ("sync", None),
]


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    with EmbeddedProcess(ServeOptions(incidents=60, days=30, now=START)) as served:
        yield Company.found(served)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all data directories."""
    return tmp_path_factory.mktemp("killed")


@pytest.fixture(scope="module", autouse=True)
def seen(root: Path) -> Iterator[Callable[[], Seen]]:
    """Ten readers beside everything; called in the end, for what they saw."""
    with reading(root, clients=10) as stop:
        yield stop


@pytest.fixture(scope="module")
def synced(root: Path, company: Company) -> Path:
    """A data directory that has been synced and published once, which made this process warm."""
    warm_up(run, root / "synced", company, "sync")
    return root / "synced"


@pytest.fixture(scope="module")
def whole_read(company: Company, synced: Path) -> dict[str, int]:
    """Rows that an initial load reads, by table."""
    database = StateDatabase(lake_of(synced, company).settings.state_path)
    first = Runs(database).last(1)[0]
    return {row["table_name"]: row["rows_read"] for row in Runs(database).tables(first.run_id, first.instance)}


def has_compared(directory: Path, company: Company) -> bool:
    """Whether keys were compared already: what changes silently afterwards is found when that is due again."""
    with warehouse.connect(lake_of(directory, company).settings, read_only=True) as connection:
        return bool(connection.execute("select 1 from ticketlake.reconciliation limit 1").fetchall())


#: Who has no rights of its own.
_NOBODY = 65534

RESUMED: list[tuple[str, int, int]] = []


@pytest.mark.parametrize(("kind", "kill"), MOMENTS)
def test_a_killed_run_is_run_again_and_ends_at_the_truth(
    kind: str, kill: Kill, root: Path, synced: Path, company: Company, whole_read: dict[str, int], tmp_path: Path
) -> None:
    directory = root / f"initial-{kill.phase}" if kind == "initial" else synced
    request = kind if kind in ("reconcile", "retention") else "sync"
    if kind != "retention":
        company.live_on()
    if kind == "daily":
        company.served.control.advance("1d")
    if kind in ("daily", "reconcile"):
        company.change_silently()
    forked(run, directory, company, request, kill=kill)
    if kind == "initial" and not forked(has_compared, directory, company):
        company.change_silently()
    if kind not in ("daily", "retention"):
        company.live_on()
    rows = forked(run, directory, company, request)
    assert forked(wrong, directory, company) == []
    if kind == "initial":
        RESUMED.extend((table, count, whole_read[table]) for table, count in rows.items() if table in whole_read)
        # Readers need not go on looking at it.
        shutil.rmtree(directory.rename(tmp_path / "done"))


def test_killed_commands_are_run_again_and_end_at_the_truth(root: Path, synced: Path, company: Company) -> None:
    """The whole job with models and checks. `--debug` says the phases, at which it is killed from outside."""
    directory = root / "commands"
    killed = 0
    for command, kill in COMMANDS:
        company.live_on()
        code, said = command_line(directory, company, command, kill)
        killed += code == -signal.SIGKILL
        assert code == (-signal.SIGKILL if kill else 0), "".join(said[-20:])
        if kill is None:
            assert forked(wrong, directory, company) == []
    states = Runs(StateDatabase(lake_of(directory, company).settings.state_path)).last(len(COMMANDS))
    assert [run.status for run in reversed(states)] == ["failed" if kill else "succeeded" for _, kill in COMMANDS]
    assert all("ended without finishing" in (run.error or "") for run in states if run.status == "failed")
    assert killed == sum(kill is not None for _, kill in COMMANDS) >= 5


def test_an_ordinary_user_reads_what_is_published_and_cannot_write_it(synced: Path, company: Company) -> None:
    # Pytest's own folders are closed to others.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        directory = Path(folder) / "data"
        shutil.copytree(synced, directory, symlinks=True)
        link = lake_of(directory, company).settings.published_link
        count, refusal = forked(_as_ordinary_user, link)
        assert count > 0 and "Permission denied" in refusal
        # Nobody was kept out by the attempt.
        forked(run, directory, company, "sync")


def _as_ordinary_user(published: Path) -> tuple[int, str]:
    """The incidents read, and what is said of opening the file read-write."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    with duckdb.connect(str(published), read_only=True) as connection:
        count = len(connection.execute("select number from sdm.itsm").fetchall())
    try:
        duckdb.connect(str(published)).close()
    except duckdb.IOException as error:
        return count, str(error)
    return count, ""


def test_an_initial_load_went_on_where_it_was_killed() -> None:
    """Some tables of some loads above: neither read anew nor left as they were."""
    assert [line for line in RESUMED if 0 < line[1] < 0.8 * line[2]]


def test_readers_noticed_nothing(seen: Callable[[], Seen]) -> None:
    result = seen()
    assert result.wrong == []
    assert result.looks > 1000 and len(result.versions) > 30
