"""The command line as a user meets it: exit codes, one JSON document, readable errors. Nothing in HOME or checkout."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import duckdb
import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.settings import load_settings
from ingestion.warehouse import data_directory_lock
from tests.conftest import ROOT, Ticketlake

Run = Callable[..., CompletedProcess[str]]
UNUSABLE_HOME = "/dev/null"

# Both folders are mounted read-only for this process and its children alone.
READ_ONLY = """
set -e
for folder in "$CHECKOUT" "$HOME"; do
    mount --bind "$folder" "$folder"
    mount -o remount,ro,bind "$folder"
done
if touch "$CHECKOUT/written" 2>/dev/null; then exit 99; fi
exec "$@"
"""


@pytest.fixture(scope="module")
def servicenow() -> Iterator[EmbeddedInstance]:
    """A company, and a fresh ticket whose user, group and CI were last touched years ago."""
    with EmbeddedInstance(Company(incidents=200, days=30)) as instance:
        platform, now = instance.platform, instance.platform.clock.now()

        def create(table: str, **values: str) -> str:
            return platform.create(table, values, at=now - timedelta(days=3 * 365), by="admin")

        ticket = {
            "number": "INCOLD", "short_description": "Disk full", "state": "2",
            "opened_at": now.isoformat(" ", "seconds"),
            "assigned_to": create("sys_user", name="Ada Lovelace", user_name="ada"),
            "assignment_group": create("sys_user_group", name="Mainframe"),
            "cmdb_ci": create("cmdb_ci_linux_server", name="old-1"),
        }  # fmt: skip
        platform.create("incident", ticket, at=now, by="admin")
        yield instance


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lake") / "data"


@pytest.fixture(scope="module")
def run(ticketlake: Ticketlake, servicenow: EmbeddedInstance, lake: Path) -> Run:
    """`run(*arguments, **environment)` against the embedded instance."""

    def run(*arguments: str, **environment: str) -> CompletedProcess[str]:
        given = {
            "HOME": UNUSABLE_HOME,
            "SERVICENOW_INSTANCE_URL": servicenow.url,
            "SERVICENOW_USERNAME": servicenow.username,
            "SERVICENOW_PASSWORD": servicenow.password,
            **environment,
        }
        return ticketlake(*arguments, data_dir=lake, environment=given)

    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The HOME of the first sync, which cannot write there."""
    return tmp_path_factory.mktemp("home")


def mounts_work() -> bool:
    probe = ["unshare", "-m", "true"]
    return (
        shutil.which("unshare") is not None and not subprocess.run(probe, capture_output=True, check=False).returncode
    )


@pytest.fixture(scope="module")
def synced(servicenow: EmbeddedInstance, lake: Path, home: Path) -> dict[str, Any]:
    """What the first `sync --json` said, with HOME and checkout mounted read-only where this machine can."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CHECKOUT": str(ROOT),
        "TMPDIR": str(lake.parent),
        "TICKETLAKE_DATA_DIR": str(lake),
        "SERVICENOW_INSTANCE_URL": servicenow.url,
        "SERVICENOW_USERNAME": servicenow.username,
        "SERVICENOW_PASSWORD": servicenow.password,
    }
    before = ["unshare", "-m", "sh", "-c", READ_ONLY, "sh"] if mounts_work() else []
    ended = subprocess.run(
        [*before, sys.executable, "-m", "orchestration", "sync", "--json"],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert servicenow.password not in ended.stdout + ended.stderr
    document: dict[str, Any] = json.loads(ended.stdout)
    return document


def test_a_first_sync_publishes_and_reports_each_table(synced: dict[str, Any], lake: Path) -> None:
    assert synced["status"] == "succeeded" and "error" not in synced
    (instance,) = synced["instances"]
    assert (instance["instance"], instance["status"]) == ("default", "succeeded")
    incident = next(table for table in instance["tables"] if table["table_name"] == "incident")
    assert incident["rows_read"] >= incident["inserted"] > 0
    with duckdb.connect(str(lake / "itsm.duckdb"), read_only=True) as published:
        assert published.execute("select count(*) from sdm.itsm").fetchall()[0][0] == incident["inserted"]
        assert published.execute("select kind, status from meta.sync_runs").fetchall() == [("initial", "succeeded")]
        assert published.execute("select status from meta.connectors").fetchall() == [("active",)]
        columns = {name for (name, *_) in published.execute("describe meta.sync_tables").fetchall()}
    assert set(incident) == columns - {"run_id", "instance"}


@pytest.mark.skipif(not mounts_work(), reason="this machine does not let the test mount folders read-only")
def test_a_sync_needs_neither_home_nor_checkout_to_write_to_and_keeps_no_secret(
    synced: dict[str, Any], servicenow: EmbeddedInstance, lake: Path, home: Path
) -> None:
    assert synced["run_id"] and list(home.iterdir()) == []
    written = [path for path in lake.rglob("*") if path.is_file()]
    assert written and not [path for path in written if servicenow.password.encode() in path.read_bytes()]


def test_a_ticket_has_the_names_of_what_was_last_touched_years_ago(synced: dict[str, Any], lake: Path) -> None:
    assert synced["run_id"]
    with duckdb.connect(str(lake / "itsm.duckdb"), read_only=True) as published:
        found = published.execute(
            "select assigned_to_name, assignment_group, ci_name, ci_class, state_label from sdm.itsm"
            " where number = 'INCOLD'"
        ).fetchall()
    assert found == [("Ada Lovelace", "Mainframe", "old-1", "cmdb_ci_linux_server", "In Progress")]


def test_nothing_was_written_beside_the_data_directory(synced: dict[str, Any]) -> None:
    assert synced["run_id"]
    assert not [name for name in ("target", "logs") if (ROOT / "dbt_project" / name).exists()]
    assert not [name for name in (".dlt", "dagster_home", "gx", "great_expectations") if (ROOT / name).exists()]


def test_status_and_connectors_answer_while_a_run_holds_the_data_directory(
    run: Run, synced: dict[str, Any], lake: Path
) -> None:
    with data_directory_lock(load_settings(environ={"TICKETLAKE_DATA_DIR": str(lake)}), "a run"):
        status = json.loads(run("status", "--json").stdout)
        shown = json.loads(run("connector", "show", "default", "--json").stdout)
    assert status["runs"][-1]["run_id"] == synced["run_id"]
    assert [connector["status"] for connector in status["connectors"]] == ["active"]
    assert status["published"]["file"].startswith("itsm-") and status["sizes"]["warehouse"] > 0
    assert set(shown) >= {"id", "name", "type", "status", "rescheduled_for"}
    assert [move["to_status"] for move in reversed(shown["transitions"])] == [
        "pending_initialization", "initial_sync", "active",
    ]  # fmt: skip


def test_doctor_has_a_line_a_check(run: Run) -> None:
    ended = run("doctor")
    assert ended.returncode == 0, ended.stdout
    assert "credentials: accepted" in ended.stdout and "delete feed" in ended.stdout
    refused = run("doctor", "--json", SERVICENOW_PASSWORD="wrong")
    assert refused.returncode == 3
    assert "credentials" in json.loads(refused.stdout)["error"]


def test_a_plan_counts_without_reading(run: Run, servicenow: EmbeddedInstance) -> None:
    servicenow.control.clear_requests()
    ended = run("sync", "--plan", "--json")
    assert ended.returncode == 0, ended.stderr
    (instance,) = json.loads(ended.stdout)["instances"]
    assert {"table_name", "rows", "pages", "requests", "minutes"} <= set(instance["tables"][0])
    asked = [entry["path"] for entry in servicenow.control.requests()]
    assert asked and not [path for path in asked if path.startswith("/api/now/table/incident")]


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (["sync", "--colour", "red"], {}, "No such option"),
        (["paint"], {}, "No such command"),
        (["sync", "--table", "incidents"], {}, "not extracted"),
        (["sync", "--instance", "other"], {}, "no instance named 'other'"),
        (["backfill", "--from", "2026-02-01", "--to", "2026-01-01"], {}, "lies after"),
        (["backfill", "--from", "soon", "--to", "2026-01-01"], {}, "ISO 8601"),
        (["status", "--config", "/nowhere.toml"], {}, "no such file"),
        (["sync"], {"TICKETLAKE_RETENTION_DAYS": "many"}, "retention_days"),
        (["sync"], {"SERVICENOW_INSTANCE_URL": "http://example.service-now.com"}, "use https"),
        (["sync"], {"SERVICENOW_INSTANCE_URL": ""}, "nothing to sync"),
        (["connector", "show", "other"], {}, "no connector named 'other'"),
        (["demo"], {}, "holds connector 'default'"),
    ],
)
def test_wrong_usage_and_configuration_end_with_2(
    run: Run, synced: dict[str, Any], arguments: list[str], environment: dict[str, str], says: str
) -> None:
    assert synced["run_id"]
    ended = run(*arguments, **environment)
    assert ended.returncode == 2
    assert says in ended.stderr and "Traceback" not in ended.stderr
    assert not ended.stdout


def test_with_json_a_failure_is_a_document_too(run: Run) -> None:
    wrong = run("sync", "--colour", "--json")
    assert wrong.returncode == 2 and "colour" in json.loads(wrong.stdout)["error"]
    unconfigured = run("sync", "--json", SERVICENOW_INSTANCE_URL="")
    assert unconfigured.returncode == 2
    assert json.loads(unconfigured.stdout).keys() == {"run_id", "status", "instances", "error"}


def test_refused_credentials_end_with_3_and_leave_what_was_published(
    run: Run, synced: dict[str, Any], lake: Path
) -> None:
    before = (lake / "itsm.duckdb").readlink()
    ended = run("sync", "--json", SERVICENOW_PASSWORD="wrong")
    document = json.loads(ended.stdout)
    assert ended.returncode == 3 and document["status"] == "failed"
    assert "credentials" in document["error"] and document["run_id"] != synced["run_id"]
    assert (lake / "itsm.duckdb").readlink() == before
    assert json.loads(run("connector", "show", "default", "--json").stdout)["status"] == "auth_error"


def test_critical_quality_failures_end_with_4_and_publish_nothing(run: Run, synced: dict[str, Any], lake: Path) -> None:
    assert synced["run_id"]
    before = (lake / "itsm.duckdb").readlink()
    with duckdb.connect(str(lake / "warehouse.duckdb")) as warehouse:
        warehouse.execute(
            "insert into raw_servicenow.sys_user_group select * from raw_servicenow.sys_user_group limit 1"
        )
    ended = run("sync", "--json")
    document = json.loads(ended.stdout)
    assert ended.returncode == 4, ended.stderr
    assert document["status"] == "failed" and "sys_user_group" in document["error"]
    assert (lake / "itsm.duckdb").readlink() == before
    assert "duplicate_keys" in (lake / "reports" / "data-quality.html").read_text(encoding="utf-8")
