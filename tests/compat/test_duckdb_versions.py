"""What is published opens in DuckDB 1.1; load, models, checks and publishing give the same on DuckDB 2.0.

The other releases live in folders of their own (`make test` makes them) that a subprocess finds before
the installed one.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.instance.process import EmbeddedProcess, ServeOptions
from tests.conftest import Ticketlake

SCHEMAS = ("sdm", "metrics", "meta")
#: Tables about the runs themselves, whose times and ids differ from run to run.
OWN_RUNS = {"meta.sync_runs", "meta.sync_tables", "meta.publications", "meta.coverage", "meta.connectors"}

#: Run by another DuckDB: every row of every published table, in an order of its own, as one digest a table.
DIGESTS = """
import hashlib, json, sys
import duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
tables = con.execute(
    "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
).fetchall()
digests = {}
for (table,) in tables:
    rows = sorted(repr(row) for row in con.execute(f"SELECT * FROM {table}").fetchall())
    digests[table] = [len(rows), hashlib.sha256("\\n".join(rows).encode()).hexdigest()]
print(json.dumps({"version": duckdb.__version__, "digests": digests}))
"""


def release(version: str) -> Path:
    folder = Path(sys.prefix) / "compat" / f"duckdb-{version}"
    if not folder.is_dir():
        pytest.skip(f"DuckDB {version} is not at {folder}; `make test` installs it")
    return folder


def digests(published: Path, folder: Path | None = None) -> dict[str, Any]:
    """Row count and digest by table, as the DuckDB in `folder` (default: the installed one) reads the file."""
    environment = {**os.environ, **({"PYTHONPATH": str(folder)} if folder else {})}
    outcome = subprocess.run(
        [sys.executable, "-c", DIGESTS, str(published)], env=environment, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    if folder:
        assert folder.name == f"duckdb-{document['version']}"
    found: dict[str, Any] = document["digests"]
    return found


@pytest.fixture(scope="module")
def company() -> Iterator[EmbeddedProcess]:
    """A company of 300 tickets whose clock stands still."""
    with EmbeddedProcess(ServeOptions(incidents=300, days=45, now=datetime(2026, 1, 5, 8))) as process:
        yield process


def synced(company: EmbeddedProcess, ticketlake: Ticketlake, data_dir: Path, folder: Path | None) -> Path:
    """One cycle, from the instance to the published file, with the DuckDB in `folder`."""
    outcome = ticketlake(
        "sync",
        data_dir=data_dir,
        environment={
            "SERVICENOW_INSTANCE_URL": company.url,
            "SERVICENOW_USERNAME": company.username,
            "SERVICENOW_PASSWORD": company.password,
            "TICKETLAKE_NOW": company.control.now().isoformat(),
        },
        python_path=folder,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return data_dir / "itsm.duckdb"


def test_duckdb_1_1_reads_what_is_published(published_demo: Path) -> None:
    published = published_demo / "itsm.duckdb"
    old = digests(published, release("1.1.3"))
    assert {table.partition(".")[0] for table in old} == set(SCHEMAS)
    assert old["sdm.itsm"][0] > 500
    assert old == digests(published)


@pytest.mark.proof
def test_a_cycle_on_duckdb_2_publishes_the_same(
    company: EmbeddedProcess, ticketlake: Ticketlake, tmp_path: Path
) -> None:
    folder = release("2.0.0")
    locked = digests(synced(company, ticketlake, tmp_path / "locked", None))
    newer = synced(company, ticketlake, tmp_path / "newer", folder)
    with duckdb.connect(str(newer), read_only=True) as con:
        assert con.execute("SELECT count(*) > 0 FROM sdm.itsm").fetchone() == (True,), "the locked DuckDB opens it"
    # A DuckDB file names in its header the release that wrote it.
    assert b"v2.0.0" in newer.read_bytes()[:4096]
    assert b"v2.0.0" in (tmp_path / "newer" / "warehouse.duckdb").read_bytes()[:4096]
    other = digests(newer, folder)
    assert {table: other[table] for table in locked if table not in OWN_RUNS} == {
        table: found for table, found in locked.items() if table not in OWN_RUNS
    }
    assert {table: other[table][0] for table in OWN_RUNS} == {table: locked[table][0] for table in OWN_RUNS}
    assert digests(newer, release("1.1.3")) == other
