"""The job over several instances: the whole graph, in this process."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import Credentials, InstanceSettings, Settings, load_settings
from orchestration.dagster_home import write_dagster_home
from orchestration.defs import build_definitions
from orchestration.environment import prepare_environment
from orchestration.job import run_job
from orchestration.request import CycleRequest
from orchestration.state import Connectors, ConnectorStatus, Runs, StateDatabase

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


@pytest.mark.proof
def test_a_day_of_a_backfill_is_a_run_that_leaves_cursors_alone_and_says_what_it_did(settings: Settings) -> None:
    alone = replace(settings, instances={"present": settings.instances["present"]})
    runs = Runs(StateDatabase(settings.state_path))
    if not runs.last(instance="present"):
        assert run_job(alone, CycleRequest()).exit_code == 0
    prepare_environment(alone)
    write_dagster_home(alone)
    with dg.DagsterInstance.from_config(str(alone.dagster_home)) as instance:
        job = build_definitions(alone).resolve_job_def("backfill")
        ended = job.execute_in_process(partition_key="2026-11-18", instance=instance, raise_on_error=False)
        assert ended.success
        events = instance.all_logs(ended.run_id)
    (run,) = runs.of(ended.run_id)
    assert (run.kind, run.status) == ("backfill", "succeeded")
    incident = next(table for table in runs.tables(ended.run_id, "present") if table["table_name"] == "incident")
    assert 0 < incident["rows_read"] < 150 and incident["cursor_before"] == incident["cursor_after"]
    made = {
        event.asset_materialization.asset_key.to_user_string(): event.asset_materialization.metadata
        for event in events
        if event.asset_materialization is not None
    }
    said = made["raw_servicenow/incident"]
    for name in ("rows_read", "requests", "bytes"):
        assert said[name].value == incident[name], name
    assert said["cursor"].value == {"present": incident["cursor_after"]}
    report = Path(str(made["itsm"]["run_report"].value))
    assert "backfill, asked for by backfill" in report.read_text(encoding="utf-8")
    checks = [
        event.dagster_event.asset_check_evaluation_data
        for event in events
        if event.dagster_event and event.dagster_event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    incidents = next(check for check in checks if check.check_name == "quality" and check.asset_key.path[-1] == "itsm")
    assert (
        incidents.passed
        and incidents.metadata["rows"].value == published(settings, "select count(*) from sdm.itsm")[0][0]
    )
    assert sum(check.check_name == "schema_changes" for check in checks) == len(TABLES)
