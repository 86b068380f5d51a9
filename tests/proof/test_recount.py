"""Every metric of the generated company, recounted in pandas: three companies, each followed through two syncs."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from orchestration.job import run_job
from orchestration.request import CycleRequest
from tests.integration.lake import NOW, Lake
from tests.recount.agreement import RECOUNTS, assert_agrees
from tests.recount.history import assert_history_counts_reassignments, assert_moves_reproduce_reassignments
from tests.recount.published import Instance, read
from tests.recount.tickets import assert_tickets_agree

START = datetime(2026, 11, 20, 6)
SEEDS = (11, 12, 13)


@pytest.fixture(scope="module", params=SEEDS)
def data_dir(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a company that was synced, lived on for six hours, and was synced and published again."""
    environment = dict(os.environ)
    directory = tmp_path_factory.mktemp(f"seed-{request.param}")
    with EmbeddedInstance(Company(incidents=1500, days=420, seed=request.param), now=START) as servicenow:
        lake = Lake(servicenow, directory, NOW)
        lake.sync()
        servicenow.control.advance("6h")
        outcome = run_job(lake.settings, CycleRequest())
    assert outcome.exit_code == 0, outcome.error
    yield directory
    # The job sets the environment of its process; the tests after these want theirs back.
    os.environ.clear()
    os.environ.update(environment)


@pytest.fixture(scope="module")
def company(data_dir: Path) -> Instance:
    return read(data_dir / "itsm.duckdb", data_dir / "warehouse.duckdb", "default")


def test_the_tickets(company: Instance) -> None:
    assert_tickets_agree(company)
    assert len(company.tickets) > 1000


@pytest.mark.parametrize("table", RECOUNTS)
def test_a_metric(data_dir: Path, company: Instance, table: str) -> None:
    assert assert_agrees(data_dir / "itsm.duckdb", table, company) > 0


def test_the_history_gives_the_counters_of_the_source(company: Instance) -> None:
    assert assert_history_counts_reassignments(company) > 1000
    assert assert_moves_reproduce_reassignments(company) > 1000
