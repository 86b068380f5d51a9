"""The link for credentials: it works once, for a while, for a few attempts and from its own page alone."""

import logging
from collections.abc import Callable

import httpx
import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.settings import Settings
from orchestration.state import StateDatabase
from orchestration.state.auth_links import ATTEMPTS
from tests.api.conftest import submit

Create = Callable[..., str]


def link_of(api: httpx.Client, connector: str) -> str:
    answer = api.post(f"{connector}/auth-uri")
    assert answer.status_code == 201, answer.text
    assert answer.json()["data"].keys() == {"uri", "expires_at"}
    return str(answer.json()["data"]["uri"])


@pytest.fixture
def connector(create: Create, servicenow: EmbeddedInstance) -> str:
    return create("acme", servicenow.url)


def test_refused_credentials_move_to_auth_error_and_accepted_ones_close_the_link(
    api: httpx.Client, connector: str, servicenow: EmbeddedInstance
) -> None:
    uri = link_of(api, connector)
    refused = submit(api, uri, kind="basic", username=servicenow.username, password="not-the-password")
    assert refused.status_code == 422 and "refused these credentials" in refused.text
    assert "not-the-password" not in refused.text
    assert api.get(connector).json()["status"] == "auth_error"
    accepted = submit(api, uri, kind="basic", username=servicenow.username, password=servicenow.password)
    assert accepted.status_code == 200 and "accepted the credentials" in accepted.text
    assert servicenow.password not in accepted.text
    assert api.get(connector).json()["status"] == "pending_initialization"
    assert api.get(uri).status_code == 404
    assert api.post(uri, data={"kind": "basic"}).status_code == 404


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("oauth_password", ("client_id", "client_secret", "username", "password")),
        ("oauth_client", ("client_id", "client_secret")),
        ("api_key", ("api_key",)),
    ],
)
def test_every_kind_of_credentials_is_taken(
    api: httpx.Client, connector: str, servicenow: EmbeddedInstance, kind: str, names: tuple[str, ...]
) -> None:
    fields = {name: str(getattr(servicenow, name)) for name in names}
    assert all(fields.values())
    uri = link_of(api, connector)
    assert submit(api, uri, kind=kind, **{**fields, names[-1]: "wrong"}).status_code == 422
    assert api.get(connector).json()["status"] == "auth_error"
    assert submit(api, uri, kind=kind, **fields).status_code == 200
    assert api.get(connector).json()["status"] == "pending_initialization"


def test_a_link_takes_a_few_attempts_and_no_more(
    api: httpx.Client, connector: str, servicenow: EmbeddedInstance
) -> None:
    uri = link_of(api, connector)
    for left in reversed(range(ATTEMPTS)):
        answer = submit(api, uri, kind="api_key", api_key="guess")
        assert (f"{left} more attempts" in answer.text) == (left > 0)
    assert "no more attempts" in answer.text
    assert api.get(uri).status_code == 404
    assert submit(api, link_of(api, connector), kind="api_key", api_key=servicenow.api_key).status_code == 200


def test_a_link_expires(api: httpx.Client, connector: str, database: StateDatabase) -> None:
    uri = link_of(api, connector)
    with database.transaction() as db:
        db.execute("update auth_links set expires_at = '2026-01-01 00:00:00'")
    assert api.get(uri).status_code == 404
    assert api.get(uri[:-1] + "x").status_code == 404


def test_a_link_ends_with_its_connector(api: httpx.Client, connector: str) -> None:
    uri = link_of(api, connector)
    assert api.delete(connector).status_code == 204
    assert api.get(uri).status_code == 404


def test_a_form_that_is_not_from_the_page_is_refused_and_costs_no_attempt(
    api: httpx.Client, connector: str, servicenow: EmbeddedInstance, database: StateDatabase
) -> None:
    uri = link_of(api, connector)
    fields = {"kind": "basic", "username": servicenow.username, "password": servicenow.password}
    assert api.post(uri, data=fields).status_code == 403
    assert api.post(uri, data={**fields, "form": "0" * 64}).status_code == 403
    api.headers["Origin"] = "https://evil.example"
    assert submit(api, uri, **fields).status_code == 403
    assert database.rows("select attempts from auth_links")[0]["attempts"] == 0
    assert api.get(connector).json()["status"] == "required_auth"


def test_an_instance_that_cannot_be_asked_changes_nothing_and_says_why(api: httpx.Client, create: Create) -> None:
    connector = create("gone", "http://127.0.0.1:9")
    uri = link_of(api, connector)
    answer = submit(api, uri, kind="basic", username="u", password="hunter2-unreachable")
    assert answer.status_code == 422 and "could not be tried" in answer.text
    assert "hunter2" not in answer.text
    assert api.get(connector).json()["status"] == "required_auth"


def test_the_page_is_kept_by_nobody_and_asks_nobody_else(api: httpx.Client, connector: str) -> None:
    page = api.get(link_of(api, connector))
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    cookie = page.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert "<script" not in page.text and "src=" not in page.text and "<link" not in page.text


def test_the_name_and_address_of_a_connector_are_no_markup(api: httpx.Client, create: Create) -> None:
    page = api.get(link_of(api, create("a-b", "https://example.com/~x")))
    assert "<b>https://example.com/~x</b>" in page.text


def test_credentials_are_found_neither_in_the_state_nor_in_the_log(
    api: httpx.Client,
    connector: str,
    servicenow: EmbeddedInstance,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    uri = link_of(api, connector)
    submit(api, uri, kind="basic", username=servicenow.username, password="hunter2-refused")
    fields = {name: getattr(servicenow, name) for name in ("client_id", "client_secret", "username", "password")}
    assert submit(api, uri, kind="oauth_password", **fields).status_code == 200
    on_disk = b"".join(file.read_bytes() for file in settings.data_dir.rglob("*") if file.is_file())
    assert b"acme" in on_disk
    ours = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "asyncio"))
    )
    assert "urllib3" in "".join(record.name for record in caplog.records)
    for secret in ("hunter2-refused", servicenow.password, servicenow.client_secret, uri.rsplit("/", 1)[-1]):
        assert secret.encode() not in on_disk
        assert secret not in ours
