"""The resource: what is created, shown, changed and deleted, and what is refused in which state."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from ingestion.settings import Credentials, Settings
from ingestion.warehouse import data_directory_lock
from orchestration.credentials import Vault
from orchestration.schedule import next_tick
from orchestration.state import Connectors, ConnectorStatus, Runs, StateDatabase
from orchestration.state.jobs import Jobs
from tests.api.conftest import CONNECTORS

Create = Callable[..., str]


def name_of(api: httpx.Client, connector: str) -> str:
    return str(api.get(connector).json()["name"])


def at(database: StateDatabase, name: str, *states: ConnectorStatus) -> None:
    """Lead a connector through states."""
    for status in states:
        Connectors(database).move(name, status, cause="test", actor="test", rescheduled_for=next_tick("0 */2 * * *"))


def test_a_new_connector_waits_for_credentials(api: httpx.Client) -> None:
    made = api.post(CONNECTORS, json={"name": "acme", "url": "https://example.service-now.com/", "type": "servicenow"})
    assert made.status_code == 201
    document = made.json()
    assert document.keys() >= {"id", "status", "name", "type", "rescheduled_for"}
    assert (document["status"], document["name"], document["type"], document["rescheduled_for"]) == (
        "required_auth", "acme", "servicenow", None,
    )  # fmt: skip
    assert document["url"] == "https://example.service-now.com"
    assert api.get(CONNECTORS).json() == [document]
    assert api.get(f"{CONNECTORS}/{document['id']}").json() == document


def test_names_are_unique(api: httpx.Client, create: Create) -> None:
    create("acme")
    answer = api.post(CONNECTORS, json={"name": "acme", "url": "https://other.service-now.com"})
    assert answer.status_code == 409 and "'acme' already" in answer.json()["errors"][0]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "acme"},
        {"name": "-x", "url": "https://example.com"},
        {"name": "acme", "url": "http://example.com"},
        {"name": "acme", "url": "ftp://example.com"},
        {"name": "acme", "url": "https://example.com:99999"},
        {"name": "acme", "url": "https://example.com", "type": "jira"},
        {"name": "acme", "url": "https://example.com", "password": "p"},
        [],
        None,
    ],
)
def test_a_connector_that_cannot_be_is_refused(api: httpx.Client, body: object) -> None:
    assert api.post(CONNECTORS, json=body).status_code == 422
    assert api.get(CONNECTORS).json() == []


def test_schedule_tables_and_pause_are_set_for_one_connector(
    api: httpx.Client, create: Create, database: StateDatabase
) -> None:
    connector = create("acme")
    at(database, "acme", ConnectorStatus.PENDING_INITIALIZATION, ConnectorStatus.INITIAL_SYNC, ConnectorStatus.ACTIVE)
    changed = api.patch(connector, json={"schedule": "30 5 * * *", "tables": ["problem"]}).json()
    tick = next_tick("30 5 * * *").replace(tzinfo=UTC)
    assert datetime.fromisoformat(changed["rescheduled_for"]) == tick
    assert {"incident", "problem"} <= set(changed["tables"]) and "task_sla" not in changed["tables"]
    paused = api.patch(connector, json={"paused": True}).json()
    assert paused["paused"] and paused["rescheduled_for"] is None and paused["schedule"] == "30 5 * * *"
    back = api.patch(connector, json={"paused": False, "schedule": None, "tables": None}).json()
    assert (back["schedule"], back["tables"], back["paused"]) == (None, None, False)
    assert datetime.fromisoformat(back["rescheduled_for"]) == next_tick("0 */2 * * *").replace(tzinfo=UTC)
    audit = [row["action"] for row in database.rows("select action from audit_log")]
    assert audit.count("connector change") == 3


@pytest.mark.parametrize(
    "body", [{"schedule": "now"}, {"schedule": "0 0 30 2 *"}, {"tables": ["nonsense"]}, {"paused": 1}, {"name": "b"}]
)
def test_a_change_that_cannot_be_changes_nothing(api: httpx.Client, create: Create, body: dict[str, object]) -> None:
    connector = create("acme")
    before = api.get(connector).json()
    assert api.patch(connector, json=body).status_code == 422
    assert api.get(connector).json() == before


def test_a_deleted_connector_is_gone_with_its_credentials_and_its_data_is_cared_for(
    api: httpx.Client, create: Create, settings: Settings, database: StateDatabase
) -> None:
    connector = create("acme")
    found = Connectors(database).get("acme")
    Vault(settings, database).store(found, Credentials(api_key="k"), actor="test")
    assert api.delete(connector).status_code == 204
    assert api.get(connector).status_code == 404 and api.delete(connector).status_code == 404
    assert not Vault(settings, database).holds(found)
    assert Connectors(database).former() == {"acme": "https://example.service-now.com"}
    assert create("acme") != connector
    assert Connectors(database).former() == {}


def test_a_purge_leaves_nothing_to_care_for(api: httpx.Client, create: Create, database: StateDatabase) -> None:
    connector = create("acme")
    Runs(database).begin("1", "acme", "sync", None)
    assert api.delete(connector, params={"purge": "perhaps"}).status_code == 422
    assert api.delete(connector, params={"purge": "true"}).status_code == 204
    assert Connectors(database).former() == {} and Runs(database).last(1, "acme") == []
    (entry,) = database.rows("select actor, detail from audit_log where action = 'connector delete'")
    assert entry["actor"].startswith("api:") and '"purge": true' in entry["detail"]


def test_a_connector_is_not_deleted_from_under_a_run(api: httpx.Client, create: Create, settings: Settings) -> None:
    connector = create("acme")
    with data_directory_lock(settings, "a run"):
        assert api.delete(connector).status_code == 409
    assert api.get(connector).status_code == 200


def test_a_connector_that_is_at_work_is_left_to_it(
    api: httpx.Client, create: Create, settings: Settings, database: StateDatabase
) -> None:
    connector = create("acme")
    at(database, "acme", ConnectorStatus.PENDING_INITIALIZATION, ConnectorStatus.INITIAL_SYNC)
    Connectors(database).initialized("acme", override_reason=None, actor="test")
    with data_directory_lock(settings, "its run"):
        answer = api.post(f"{connector}/sync")
    assert answer.status_code == 409 and "is initial_sync" in answer.json()["errors"][0]


@pytest.mark.parametrize("what", ["initialize", "sync"])
def test_nothing_is_started_before_there_are_credentials(api: httpx.Client, create: Create, what: str) -> None:
    connector = create("acme")
    answer = api.post(f"{connector}/{what}")
    assert answer.status_code == 409 and "required_auth" in answer.json()["errors"][0]


def test_a_second_job_waits_for_the_first(api: httpx.Client, create: Create, database: StateDatabase) -> None:
    connector = create("acme")
    at(database, "acme", ConnectorStatus.PENDING_INITIALIZATION)
    # A process that lives: this one.
    import os

    job_id = Jobs(database).begin(Connectors(database).get("acme").id, "initialize", actor="test")
    Jobs(database).started(job_id, os.getpid())
    answer = api.post(f"{connector}/initialize")
    assert answer.status_code == 409 and "has not ended" in answer.json()["errors"][0]
    assert api.get(f"{connector}/jobs/{job_id}").json()["status"] == "running"
    assert api.get(f"{connector}/jobs/nothing").status_code == 404
    assert api.get(f"{create('other')}/jobs/{job_id}").status_code == 404


def test_a_job_whose_server_and_process_are_gone_has_failed(
    api: httpx.Client, create: Create, database: StateDatabase
) -> None:
    connector = create("acme")
    job_id = Jobs(database).begin(Connectors(database).get("acme").id, "sync", actor="test")
    job = api.get(f"{connector}/jobs/{job_id}").json()
    assert job["status"] == "failed" and "nobody saw" in job["error"]


def test_runs_are_shown_newest_first(api: httpx.Client, create: Create, database: StateDatabase) -> None:
    connector = create("acme")
    assert api.get(f"{connector}/runs").json() == []
    for run_id in ("1", "2", "3"):
        Runs(database).begin(run_id, "acme", "sync", None)
        Runs(database).finish(run_id, "acme", "it failed" if run_id == "2" else None, 1 if run_id == "2" else 0)
    runs = api.get(f"{connector}/runs", params={"limit": 2}).json()
    assert [(run["run_id"], run["status"], run["error"]) for run in runs] == [
        ("3", "succeeded", None),
        ("2", "failed", "it failed"),
    ]
    assert api.get(f"{connector}/runs", params={"limit": 0}).status_code == 422
