"""Retention through the whole job: what expired is in no file any more, the version published before included."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.settings import Credentials, InstanceSettings, Settings, load_settings
from orchestration import versions
from orchestration.job import run_job
from orchestration.request import CycleRequest

NOW = datetime(2026, 11, 20, 12)


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A data directory that has been synced once."""
    before = dict(os.environ)
    loaded = load_settings(environ={"TICKETLAKE_DATA_DIR": str(tmp_path_factory.mktemp("retention"))})
    with EmbeddedInstance(Company(incidents=150, days=30), now=NOW) as servicenow:
        credentials = Credentials(servicenow.username, servicenow.password)
        instance = InstanceSettings("default", servicenow.url, credentials)
        synced = replace(loaded, fixed_now=NOW, instances={"default": instance})
        assert run_job(synced, CycleRequest()).error is None
    yield synced
    os.environ.clear()
    os.environ.update(before)


def published(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.published_link), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_retention_takes_out_what_expired_from_every_file(settings: Settings) -> None:
    ended = published(settings, "select sys_id from sdm.itsm where not is_open")
    assert ended
    shown_before = versions.versions(settings)[-1].path
    outcome = run_job(replace(settings, fixed_now=NOW + timedelta(days=500)), CycleRequest("retention"))
    assert (outcome.exit_code, outcome.error) == (0, None)
    assert [run.kind for run, _ in outcome.instances] == ["retention"]
    assert published(settings, "select count(*) from sdm.itsm where not is_open") == [(0,)]
    gone = published(settings, "select sys_id from meta.deleted_records where table_name = 'incident'")
    assert set(gone) == set(ended)
    assert not shown_before.exists() and len(versions.versions(settings)) == 1
