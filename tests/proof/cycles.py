"""Cycles against a company that lives on, and what must be true of a data directory after one that ended well.

A cycle runs in this process without models, which views stand in for, or through the command line with all of it.
"""

import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from ingestion import warehouse
from ingestion.instance import EmbeddedProcess
from ingestion.retention import BELONGING
from ingestion.servicenow import reading as table_reading
from ingestion.servicenow import source, walks
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import Settings
from orchestration.cycle import Cycle, open_cycle
from orchestration.request import CycleRequest
from orchestration.state import Connectors, Runs, StateDatabase
from tests.conftest import ROOT, environment_of
from tests.integration.lake import Lake, differences
from tests.integration.test_company import in_window
from tests.proof.killing import Kill, leftovers

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

    def live_on(self, span: str = "6m") -> None:
        """Some time in which tickets are opened, changed and deleted."""
        self._turn += 1
        control = self.served.control
        now = control.advance(span).isoformat()
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


def lake_of(directory: Path, company: Company, now: datetime = START, **options: Any) -> Lake:
    """The lake of a data directory, for a cycle at `now`."""
    return Lake(company.served, directory, now, **{"page_size": 100, **options})


def run(directory: Path, company: Company, kind: str) -> dict[str, int]:
    """One pass of the job without models and checks, in packages and batches as small as the company; rows read."""
    source.PACKAGE_BYTES, table_reading.BATCH_ROWS, walks._RANGE_ROWS = 500_000, 100, 100
    cycle = cycle_of(lake_of(directory, company).settings, str(uuid4()), kind)
    assert not cycle.instance_errors, cycle.instance_errors
    return {table.table_name: table.rows_read for report in cycle.reports.values() for table in report.tables}


def cycle_of(settings: Settings, run_id: str, kind: str, actor: str = "command") -> Cycle:
    """A pass without models and checks, which ends where nothing could be extracted."""
    with open_cycle(settings, run_id, CycleRequest(kind, actor), lock_seconds=0) as cycle:
        with warehouse.connect(settings) as connection:
            stand_in(connection)
        if kind != "retention":
            cycle.extract()
        if not cycle.all_instances_failed:
            cycle.retain()
            cycle.publish()
    return cycle


def stand_in(connection: duckdb.DuckDBPyConnection) -> None:
    """Views in place of the models, where these have not been built."""
    if not connection.execute("select 1 from duckdb_tables() where schema_name = 'sdm'").fetchall():
        connection.execute(VIEWS)


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


def command_line(
    directory: Path, company: Company, command: str, kill: Kill | None, now: datetime = START
) -> tuple[int, list[str]]:
    """`ticketlake <command>` to its end or to a kill; exit code and what it said."""
    environment = {
        **environment_of(directory),
        "TICKETLAKE_NOW": now.isoformat(),
        "SERVICENOW_INSTANCE_URL": company.served.url,
        "SERVICENOW_USERNAME": company.served.username,
        "SERVICENOW_PASSWORD": company.served.password,
    }
    said: list[str] = []
    hits = 0
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration", command, "--debug"],
        env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
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
