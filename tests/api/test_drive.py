"""A connector's whole life over HTTP, as a user drives it: the API and its jobs in processes of their own."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from orchestration.state import Connectors, StateDatabase
from tests.api.conftest import CONNECTORS, submit
from tests.conftest import Ticketlake
from tests.serving import Served, serving

KEY = "a key that seals"


@pytest.fixture
def servicenow() -> Iterator[EmbeddedInstance]:
    with EmbeddedInstance(Company(incidents=60, days=10), password="password-of-the-instance") as instance:
        yield instance


class Driver:
    """A public HTTP client with a token."""

    def __init__(self, served: Served, token: str) -> None:
        self.http = httpx.Client(
            base_url=served.url, headers={"Authorization": f"Bearer {token}"}, timeout=120, trust_env=False
        )
        self.browser = httpx.Client(timeout=60, trust_env=False)

    def job(self, connector: str, what: str) -> dict[str, Any]:
        """Start work and wait for its end."""
        started = self.http.post(f"{connector}/{what}")
        assert started.status_code == 202, started.text
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.http.get(started.json()["data"]["uri"]).json()
            if job["status"] != "running":
                return job
            time.sleep(0.3)
        raise AssertionError(f"{what} did not end")

    def status(self, connector: str) -> str:
        return str(self.http.get(connector).json()["status"])


@pytest.mark.proof
def test_a_connector_from_creation_to_deletion_over_the_api(
    ticketlake: Ticketlake, data_dir: Path, servicenow: EmbeddedInstance
) -> None:
    made = ticketlake("token", "create", "--access", "full", "--name", "driver", data_dir=data_dir)
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    config = data_dir.with_name("ticketlake.toml")
    config.write_text("[instances.acme]\nmax_attempts = 1\n")
    with serving(
        ["api", "--config", str(config), "--debug"], data_dir, data_dir.with_name("output-of-the-api"),
        health="/health", environment={"TICKETLAKE_SECRET_KEY": KEY},
    ) as served:  # fmt: skip
        driver = Driver(served, token)
        created = driver.http.post(CONNECTORS, json={"name": "acme", "url": servicenow.url})
        assert created.status_code == 201 and created.json()["status"] == "required_auth"
        connector = f"{CONNECTORS}/{created.json()['id']}"

        uri = driver.http.post(f"{connector}/auth-uri").json()["data"]["uri"]
        wrong = submit(driver.browser, uri, kind="basic", username=servicenow.username, password="hunter2-is-wrong")
        assert wrong.status_code == 422 and driver.status(connector) == "auth_error"
        fields = {"kind": "basic", "username": servicenow.username, "password": servicenow.password}
        assert submit(driver.browser, uri, **fields).status_code == 200
        assert driver.status(connector) == "pending_initialization"

        # Not fit to be read: said by the job, and nothing begins.
        servicenow.control.faults({"kind": "forbidden", "table": "sys_user"})
        refused = driver.job(connector, "initialize")
        assert refused["exit_code"] == 3 and "table sys_user" in refused["error"]
        assert driver.status(connector) == "pending_initialization"
        servicenow.control.clear_faults()

        # The checks pass; what comes after them, page after page of the largest table, does not.
        servicenow.control.faults({"kind": "bad_body", "form": "html", "table": "sys_audit", "after": 1})
        driver.http.patch(connector, json={"tables": ["sys_audit"]})
        failed = driver.job(connector, "initialize")
        assert failed["status"] == "failed" and failed["exit_code"] == 1 and "sys_audit" in failed["error"]
        assert driver.status(connector) == "sync_error"
        servicenow.control.clear_faults()

        recovered = driver.job(connector, "sync")
        assert (recovered["status"], recovered["error"]) == ("succeeded", None)
        shown = driver.http.get(connector).json()
        assert shown["status"] == "active" and shown["rescheduled_for"]
        runs = driver.http.get(f"{connector}/runs").json()
        assert [(run["kind"], run["status"]) for run in runs] == [("initial", "succeeded"), ("initial", "failed")]
        with duckdb.connect(str(data_dir / "itsm.duckdb"), read_only=True) as published:
            ids = {sys_id for (sys_id,) in published.execute("select sys_id from sdm.itsm").fetchall()}
        # Those of the last year: what is older may lie before the window of a first sync.
        held = {row["sys_id"]: row["sys_updated_on"] for row in servicenow.control.rows("incident", visible=True)}
        year_ago = (datetime.now(UTC) - timedelta(days=365)).strftime("%Y-%m-%d %H:%M:%S")
        recent = {sys_id for sys_id, updated in held.items() if updated > year_ago}
        assert recent and recent <= ids <= held.keys()

        assert driver.http.delete(connector).status_code == 204
        assert driver.http.get(CONNECTORS).json() == []
        assert driver.browser.get(uri).status_code == 404
    moves = Connectors(StateDatabase(data_dir / "state.sqlite")).transitions("acme")
    assert [move.to_status for move in reversed(moves)] == [
        "required_auth", "auth_error", "pending_initialization", "initial_sync", "sync_error", "initial_sync", "active",
    ]  # fmt: skip
    assert all(move.actor.startswith("api:") and move.cause for move in moves)

    secrets = ("hunter2-is-wrong", servicenow.password, token, KEY, uri.rsplit("/", 1)[-1])
    files = [file for file in data_dir.rglob("*") if file.is_file() and not file.is_symlink()]
    assert len(files) > 10
    for file in (*files, served.output):
        content = file.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], file
    assert served.output.stat().st_size > 0
