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
from orchestration.export import FORMATS, export
from orchestration.job import run_job
from orchestration.request import CycleRequest
from tests.proof.searching import in_columns, in_files, plain_storage

NOW = datetime(2026, 11, 20, 12)
#: Letters alone: titles are grouped by text in which numbers are masked.
CANARY = "quillfeather"


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A data directory that has been synced once."""
    before = dict(os.environ)
    loaded = load_settings(environ={"TICKETLAKE_DATA_DIR": str(tmp_path_factory.mktemp("retention"))})
    with (
        plain_storage(tmp_path_factory.mktemp("site")),
        EmbeddedInstance(Company(incidents=150, days=30), now=NOW) as servicenow,
    ):
        plant(servicenow)
        credentials = Credentials(servicenow.username, servicenow.password)
        instance = InstanceSettings("default", servicenow.url, credentials)
        synced = replace(loaded, fixed_now=NOW, instances={"default": instance})
        assert run_job(synced, CycleRequest()).error is None
        yield synced
    os.environ.clear()
    os.environ.update(before)


def plant(servicenow: EmbeddedInstance) -> None:
    """An ended ticket with the canary in its texts and in its history."""
    ended = (NOW - timedelta(days=9)).isoformat(" ")
    texts = {name: f"{name} {CANARY}" for name in ("short_description", "description", "close_notes")}
    ((ticket,),) = servicenow.control.mutate({"op": "insert", "table": "incident", "values": texts, "at": ended})
    last = {"short_description": f"{CANARY} again", "state": "7", "active": "false", "closed_at": ended}
    servicenow.control.mutate({"op": "update", "table": "incident", "sys_id": ticket, "values": last, "at": ended})


def published(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.published_link), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_retention_takes_out_what_expired_from_every_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody reads the version before: it needs no grace.
    monkeypatch.setattr(versions, "GRACE", timedelta(0))
    tables = {table for _, table, _ in in_columns(settings.data_dir, [CANARY])}
    assert {"raw_servicenow.incident", "raw_servicenow.sys_audit", "sdm.itsm", "sdm.itsm_history"} <= tables
    for kind in FORMATS:
        export(settings, kind, settings.export_dir)
    held = in_files(settings.data_dir, [CANARY])
    assert {name.split("/")[0] for name in held} == {"warehouse.duckdb", "published", "export"}
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
    assert in_columns(settings.data_dir, [CANARY]) == set()
    assert in_files(settings.data_dir, [CANARY]) == {}
    assert {path.suffix for path in settings.export_dir.glob("sdm/itsm.*")} == {".csv", ".parquet"}
