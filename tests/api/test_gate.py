"""Who may come in, how often and with how much; every refusal in one shape, and nothing told to strangers."""

from pathlib import Path

import httpx
import pytest

from ingestion.settings import Settings
from orchestration.api import create_app
from orchestration.api.gate import Limits
from orchestration.api.rates import Buckets, Rate
from orchestration.state import StateDatabase
from orchestration.state.tokens import Tokens
from tests.api.conftest import CONNECTORS


def errors_of(answer: httpx.Response) -> list[str]:
    """The errors of an answer, which has the shape of all errors."""
    document = answer.json()
    assert document.keys() == {"status", "errors"}
    assert document["status"] == answer.status_code
    assert document["errors"] and all(isinstance(line, str) for line in document["errors"])
    return list(document["errors"])


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer tlk_\u00e9"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "", b""), ("GET", "/x", b""), ("PUT", "", b""), ("POST", "", b"{"), ("DELETE", "/x/y/z", b"")],
)
def test_without_a_token_that_works_every_request_gets_the_same_401(
    anybody: httpx.Client, header: str | None, method: str, path: str, body: bytes
) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = anybody.request(method, CONNECTORS + path, content=body, headers=headers)
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert errors_of(answer) == ["a bearer token that works is needed"]


def test_a_token_with_view_access_reads_and_changes_nothing(anybody: httpx.Client, database: StateDatabase) -> None:
    _, secret = Tokens(database).create("view", "reader", actor="test")
    anybody.headers["Authorization"] = f"Bearer {secret}"
    assert anybody.get(CONNECTORS).json() == []
    for method, path in [("POST", ""), ("DELETE", "/x"), ("PATCH", "/x"), ("POST", "/x/auth-uri"), ("POST", "/x/sync")]:
        answer = anybody.request(method, CONNECTORS + path, json={"name": "acme", "url": "https://example.com"})
        assert answer.status_code == 403 and "full access" in errors_of(answer)[0]
    assert anybody.get(CONNECTORS).json() == []


def test_a_revoked_token_opens_nothing(api: httpx.Client, database: StateDatabase) -> None:
    assert api.get(CONNECTORS).status_code == 200
    (token,) = Tokens(database).all()
    Tokens(database).revoke(token.id, actor="test")
    assert api.get(CONNECTORS).status_code == 401


def test_tokens_are_found_nowhere_on_disk(api: httpx.Client, full: str, settings: Settings) -> None:
    assert api.get(CONNECTORS).status_code == 200
    files = [file for file in settings.data_dir.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if full.encode() in file.read_bytes()]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", f"{CONNECTORS}/x", 404), ("PUT", CONNECTORS, 405), ("DELETE", "/health", 405)],
)
def test_errors_of_routing_have_the_shape_of_all_errors(api: httpx.Client, method: str, path: str, status: int) -> None:
    answer = api.request(method, path)
    assert answer.status_code == status
    errors_of(answer)


def test_a_405_names_all_methods_of_its_path(api: httpx.Client) -> None:
    assert api.put(CONNECTORS).headers["allow"] == "GET, POST"
    assert api.put(f"{CONNECTORS}/x").headers["allow"] == "DELETE, GET, PATCH"


def test_a_body_that_is_too_large_is_refused_announced_or_not(api: httpx.Client) -> None:
    announced = api.post(CONNECTORS, content=b"x" * 65_537)
    streamed = api.post(CONNECTORS, content=(b"x" * 10_000 for _ in range(7)))
    for answer in (announced, streamed):
        assert answer.status_code == 413
        errors_of(answer)
    assert api.post(CONNECTORS, content=b"x" * 65_536).status_code == 422


def test_who_comes_too_often_is_told_when_to_come_back(settings: Settings, full: str) -> None:
    from fastapi.testclient import TestClient

    rate = Rate(per_minute=30, burst=3)
    with TestClient(create_app(settings, limits=Limits(token=rate, address=rate))) as client:
        known = [client.get(CONNECTORS, headers={"Authorization": f"Bearer {full}"}) for _ in range(4)]
        strangers = [client.get(CONNECTORS) for _ in range(4)]
        assert client.get("/health").status_code == 200
    assert [answer.status_code for answer in known] == [200, 200, 200, 429]
    assert [answer.status_code for answer in strangers] == [401, 401, 401, 429]
    assert known[-1].headers["retry-after"] == "2"
    errors_of(known[-1])


def test_a_bucket_fills_up_again_and_only_the_latest_are_remembered() -> None:
    now = 0.0
    buckets = Buckets(Rate(per_minute=60, burst=2), most=2, clock=lambda: now)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]
    now = 1.0
    assert [buckets.take("a") for _ in range(2)] == [0, 1]
    assert [buckets.take(key) for key in ("b", "c")] == [0, 0]
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]


def test_values_that_are_not_valid_are_named_and_not_repeated(api: httpx.Client) -> None:
    answer = api.post(
        CONNECTORS, json={"name": "a b", "url": "https://user:hunter2@example.com", "password": "hunter3"}
    )
    assert answer.status_code == 422
    assert {line.split(":")[0] for line in errors_of(answer)} == {"body.name", "body.url", "body.password"}
    assert "hunter" not in answer.text
    for broken in (b"{", b'"\xff"', b"[" * 10_000):
        unreadable = api.post(CONNECTORS, content=broken, headers={"Content-Type": "application/json"})
        assert unreadable.status_code in (400, 422)
        errors_of(unreadable)


def test_health_needs_no_token_and_fails_where_the_state_is_damaged(anybody: httpx.Client, settings: Settings) -> None:
    assert anybody.get("/health").json()["status"] == "ok"
    settings.state_path.unlink(missing_ok=True)
    Path(settings.state_path).write_bytes(b"this is no database" * 100)
    answer = anybody.get("/health")
    assert answer.status_code == 503
    assert str(settings.data_dir) not in "".join(errors_of(answer))


def test_the_openapi_document_describes_every_error_of_every_operation(anybody: httpx.Client) -> None:
    document = anybody.get("/openapi.json").json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == 11
    for operation in operations:
        assert {"401", "403", "404", "405", "409", "413", "422", "429"} <= operation["responses"].keys()
    assert anybody.get("/docs").status_code == 404
