"""The job over several instances: the whole graph, in this process."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.settings import Credentials, InstanceSettings, Settings, load_settings
from orchestration.job import run_job
from orchestration.request import CycleRequest
from orchestration.state import Connectors, ConnectorStatus, StateDatabase

NOW = datetime(2026, 11, 20, 12)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One instance that answers and one that is not there."""
    before = dict(os.environ)
    with EmbeddedInstance(Company(incidents=150, days=30), now=NOW) as servicenow:
        good = Credentials(servicenow.username, servicenow.password)
        loaded = load_settings(environ={"TICKETLAKE_DATA_DIR": str(tmp_path_factory.mktemp("job"))})
        instances = {
            "absent": InstanceSettings("absent", "http://127.0.0.1:9", good, max_attempts=1),
            "present": InstanceSettings("present", servicenow.url, good),
        }
        yield replace(loaded, fixed_now=NOW, instances=instances)
    os.environ.clear()
    os.environ.update(before)


def published(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.published_link), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.proof
def test_one_failing_instance_stops_no_other_and_the_worst_code_counts(settings: Settings) -> None:
    outcome = run_job(settings, CycleRequest())
    assert (outcome.status, outcome.exit_code) == ("failed", 1)
    assert "absent" in (outcome.error or "") and outcome.published
    assert {run.instance: run.status for run, _ in outcome.instances} == {"absent": "failed", "present": "succeeded"}
    assert published(settings, "select distinct instance from sdm.itsm") == [("present",)]
    assert published(settings, "select instance, kind, status from meta.sync_runs order by all") == [
        ("absent", "initial", "failed"),
        ("present", "initial", "succeeded"),
    ]
    assert published(settings, "select data_as_of from meta.publications") == [(NOW,)]
    states = {each.name: each.status for each in Connectors(StateDatabase(settings.state_path)).all()}
    assert states == {"absent": ConnectorStatus.SYNC_ERROR, "present": ConnectorStatus.ACTIVE}
