"""Runs killed at seeded moments of every phase, and run again: always the truth, and readers never notice.

Most runs are forks of this process and publish through views in place of the models; those of the
command line are the whole job. The instance lives on between a kill and the next run.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import duckdb
import pytest

from ingestion import warehouse
from ingestion.instance import EmbeddedProcess, ServeOptions
from ingestion.retention import BELONGING
from ingestion.servicenow import reading as table_reading
from ingestion.servicenow import source, walks
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import Settings
from orchestration.cycle import open_cycle
from orchestration.request import CycleRequest
from orchestration.state import Connectors, Runs, StateDatabase
from tests.conftest import ROOT
from tests.integration.lake import Lake, differences
from tests.integration.test_company import in_window
from tests.proof.killing import Kill, Seen, forked, leftovers, reading, warm_up

START = datetime(2026, 11, 20, 8)

#: In place of the models: published as they are.
VIEWS = """
create schema if not exists sdm; create schema if not exists metrics; create schema if not exists meta;
create or replace view sdm.itsm as
    select instance, sys_id, number, short_description from raw_servicenow.incident;
create or replace view metrics.backlog as
    select instance, count(*) as open_count from raw_servicenow.incident where active group by instance;
create or replace view meta.sync_runs as select * from ticketlake.sync_runs;
create or replace view meta.sync_tables as select * from ticketlake.sync_tables;
create or replace view meta.connectors as select * from ticketlake.connectors;
create or replace view meta.publications as select * from ticketlake.publications;
create or replace view meta.deleted_records as select * from ticketlake.deleted_records;
"""

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
    "record publication": (1, 0), "close books": (1, 2),
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


@dataclass
class Company:
    """A served company that lives on, and what is known of its tickets."""

    served: EmbeddedProcess
    expired: set[str]
    fetched: set[str]
    _turn: int = 0
    _own: list[str] = field(default_factory=list)

    @classmethod
    def found(cls, served: EmbeddedProcess) -> "Company":
        """With a ticket that has expired but lies inside the window, and one that only a reference leads to."""
        control, before = served.control, (START - timedelta(days=398)).isoformat(" ")
        ended = (START - timedelta(days=403)).isoformat(" ")
        dead = {"number": "INC9", "state": "7", "active": "false", "closed_at": ended, "opened_at": ended}
        insert = {"op": "insert", "audit": False, "at": START.isoformat()}
        ((expired,), (old,)) = control.mutate(
            {**insert, "table": "incident", "rows": [dead]},
            {**insert, "table": "problem", "at": before, "rows": [{"number": "PRB9", "active": "false"}]},
        )
        control.mutate(
            {**insert, "table": "incident", "rows": [{"number": "INC8", "state": "2", "problem_id": old}]},
            {**insert, "table": "task_sla", "rows": [{"task": expired}]},
            {**insert, "table": "sys_audit", "rows": [{"tablename": "incident", "documentkey": expired}]},
        )
        return cls(served, {expired}, {old})

    def live_on(self) -> None:
        """Six minutes in which tickets are opened, changed and deleted."""
        self._turn += 1
        control = self.served.control
        now = control.advance("6m").isoformat()
        opened = [{"number": f"INCX{self._turn}-{each}", "state": "2"} for each in range(3)]
        # An old ticket that is changed would come into the window, expired.
        recent = (START - timedelta(days=60)).isoformat(" ")
        rows = control.rows("incident")
        others = sorted({row["sys_id"] for row in rows if row["opened_at"] > recent} - {*self._own})
        new, *_ = control.mutate(
            {"op": "insert", "table": "incident", "rows": opened, "at": now},
            {"op": "update", "table": "incident", "sys_ids": [others[1], others[-1], others[len(others) // 2]],
             "at": now, "values": {"short_description": f"turn {self._turn}"}},
        )  # fmt: skip
        self._own += new
        # Not one of those that just came: the next run has something to take out.
        control.mutate({"op": "delete", "table": "incident", "sys_ids": [self._own.pop(0)]})

    def change_silently(self) -> None:
        """What neither the cursor nor the delete feed tells of."""
        self.served.control.mutate(
            {"op": "demo_deletes", "count": 1, "unaudited": 1},
            {"op": "delete", "table": "incident", "sys_ids": [self._own.pop(0)], "audit": False},
            {"op": "update", "table": "incident", "sys_id": self._own[0], "touch": False,
             "values": {"short_description": f"silent {self._turn}", "sys_mod_count": str(1000 + self._turn)}},
        )  # fmt: skip


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
    """A reader beside everything; called in the end, for what it saw."""
    with reading(root) as stop:
        yield stop


@pytest.fixture(scope="module")
def synced(root: Path, company: Company) -> Path:
    """A data directory that has been synced and published once, which made this process warm."""
    warm_up(run, root / "synced", company, "sync")
    return root / "synced"


@pytest.fixture(scope="module")
def whole_read(company: Company, synced: Path) -> dict[str, int]:
    """Rows that an initial load reads, by table."""
    database = StateDatabase(Lake(company.served, synced, START).settings.state_path)
    first = Runs(database).last(1)[0]
    return {row["table_name"]: row["rows_read"] for row in Runs(database).tables(first.run_id, first.instance)}


def lake_of(directory: Path, company: Company) -> Lake:
    return Lake(company.served, directory, START, page_size=100)


def run(directory: Path, company: Company, kind: str) -> dict[str, int]:
    """One pass of the job without models and checks, in packages and batches as small as the company; rows read."""
    source.PACKAGE_BYTES, table_reading.BATCH_ROWS, walks._RANGE_ROWS = 500_000, 100, 100
    settings = lake_of(directory, company).settings
    with open_cycle(settings, str(uuid4()), CycleRequest(kind), lock_seconds=0) as cycle:
        with warehouse.connect(settings) as connection:
            connection.execute(VIEWS)
        if kind != "retention":
            cycle.extract()
            assert not cycle.instance_errors, cycle.instance_errors
        cycle.retain()
        cycle.publish()
    return {table.table_name: table.rows_read for report in cycle.reports.values() for table in report.tables}


def has_compared(directory: Path, company: Company) -> bool:
    """Whether keys were compared already: what changes silently afterwards is found when that is due again."""
    with warehouse.connect(lake_of(directory, company).settings, read_only=True) as connection:
        return bool(connection.execute("select 1 from ticketlake.reconciliation limit 1").fetchall())


def wrong(directory: Path, company: Company) -> list[str]:
    """Whatever in the data directory is not as after a run that was never disturbed, seen from a fork."""
    lake = lake_of(directory, company)
    with warehouse.connect(lake.settings, read_only=True) as connection:
        found = [line for table in TABLES for line in differences(lake, table, among=kept(lake, table, company))]
        for schema, table in connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema like '%staging%' and table_schema <> 'staging' and not starts_with(table_name, '_dlt')"
        ).fetchall():
            if connection.execute(f"select count(*) from {schema}.{table}").fetchall() != [(0,)]:
                found.append(f"{schema}.{table} holds rows")
        for table in TABLES:
            repeated = f"select sys_id from raw_servicenow.{table} group by all having count(*) > 1"
            found += [f"{table}: {key} is held twice" for (key,) in connection.execute(repeated).fetchall()]
        held = {key for (key,) in connection.execute("select sys_id from raw_servicenow.incident").fetchall()}
    with duckdb.connect(str(lake.settings.published_link), read_only=True) as published:
        shown = {key for (key,) in published.execute("select sys_id from sdm.itsm").fetchall()}
        running = published.execute("select count(*) from meta.sync_runs where status = 'running'").fetchall()
    if shown != held or running != [(0,)]:
        found.append(f"published: {len(shown ^ held)} incidents differ, {running[0][0]} runs are running")
    return found + books(lake.settings) + leftovers(lake.settings)


def kept(lake: Lake, table: str, company: Company) -> set[str]:
    """The ids that belong in a raw table: those of the window and those referred to, without what has expired."""
    ids = in_window(lake, table)
    if table in BELONGING:
        rows = lake.servicenow.control.rows(table)
        return ids - {row["sys_id"] for row in rows if row[BELONGING[table]] in company.expired}
    if table in ("task", "problem"):
        ids |= company.fetched
    return ids - company.expired


def books(settings: Settings) -> list[str]:
    """What `state.sqlite` says that is not so once a run has ended well."""
    database = StateDatabase(settings.state_path)
    runs = Runs(database)
    found = [f"run {left.run_id} is running" for left in runs.unfinished()]
    found += [f"cycle {left.run_id} is running" for left in runs.unfinished_cycles()]
    found += [f"{each.name} is {each.status}" for each in Connectors(database).all() if each.status != "active"]
    return found + [f"the last run {each.status}: {each.error}" for each in runs.last(1) if each.status != "succeeded"]


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


def command_line(directory: Path, company: Company, command: str, kill: Kill | None) -> tuple[int, list[str]]:
    """`ticketlake <command>` to its end or to a kill; exit code and what it said."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TICKETLAKE_", "SERVICENOW_", "DAGSTER_", "DBT_"))
    }
    environment = {
        "TICKETLAKE_DATA_DIR": str(directory),
        "TICKETLAKE_NOW": START.isoformat(),
        "SERVICENOW_INSTANCE_URL": company.served.url,
        "SERVICENOW_USERNAME": company.served.username,
        "SERVICENOW_PASSWORD": company.served.password,
    }
    said: list[str] = []
    hits = 0
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration", command, "--debug"],
        env=inherited | environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            hits += kill is not None and line.rstrip().endswith(f"phase: {kill.phase}")
            if kill is not None and hits == kill.hit:
                time.sleep(kill.delay)
                process.kill()
                break
    return process.returncode, said


def test_an_initial_load_went_on_where_it_was_killed() -> None:
    """Some tables of some loads above: neither read anew nor left as they were."""
    assert [line for line in RESUMED if 0 < line[1] < 0.8 * line[2]]


def test_readers_noticed_nothing(seen: Callable[[], Seen]) -> None:
    result = seen()
    assert result.wrong == []
    assert result.looks > 1000 and len(result.versions) > 30
