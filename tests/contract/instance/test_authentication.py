"""Basic, OAuth and API key (Table API reference, section 3)."""

from collections.abc import Mapping

import httpx
import pytest

from ingestion.instance import EmbeddedInstance
from tests.contract.instance.conftest import NOW, Desk

PATH = "/api/now/table/incident"


def ask(desk: Desk, headers: Mapping[str, str], path: str = PATH) -> httpx.Response:
    """A request with these headers and no other login."""
    return httpx.get(desk.instance.url + path, headers=dict(headers), trust_env=False)


def token(desk: Desk, **form: str) -> httpx.Response:
    """A token request of the right client, unless `form` says otherwise."""
    client = {"client_id": desk.instance.client_id, "client_secret": desk.instance.client_secret}
    return httpx.post(f"{desk.instance.url}/oauth_token.do", data=client | form, trust_env=False)


def bearer(answer: httpx.Response) -> dict[str, str]:
    """The header that uses a token."""
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic", "Basic !!!", "Basic dGlja2V0bGFrZTp3cm9uZw==", "Bearer nobody", "Digest x", "Basic Og=="],
)
def test_wrong_credentials(desk: Desk, authorization: str) -> None:
    response = ask(desk, {"Authorization": authorization} if authorization else {})
    assert response.status_code == 401
    assert response.json() == {
        "error": {"message": "User Not Authenticated", "detail": "Required to provide Auth information"},
        "status": "failure",
    }
    assert "WWW-Authenticate" in response.headers
    assert "X-Is-Logged-In" not in response.headers


def test_api_key_as_header_or_parameter(desk: Desk) -> None:
    assert ask(desk, {"x-sn-apikey": "key-of-the-house"}).status_code == 200
    assert ask(desk, {}, f"{PATH}?x-sn-apikey=key-of-the-house").status_code == 200
    assert ask(desk, {"x-sn-apikey": "another"}).status_code == 401


def test_no_key_opens_an_instance_without_keys() -> None:
    with EmbeddedInstance(now=NOW) as instance:
        assert httpx.get(instance.url + PATH, headers={"x-sn-apikey": ""}, trust_env=False).status_code == 401


def test_the_password_grant_gives_a_token_that_can_be_refreshed(desk: Desk) -> None:
    answer = token(desk, grant_type="password", username=desk.instance.username, password=desk.instance.password)
    content = answer.json()
    assert (content["token_type"], content["scope"], content["expires_in"]) == ("Bearer", "useraccount", 1799)
    assert ask(desk, bearer(answer)).status_code == 200

    desk.instance.control.advance(1799)
    assert ask(desk, bearer(answer)).status_code == 200
    desk.instance.control.advance(1)
    assert ask(desk, bearer(answer)).status_code == 401
    refreshed = token(desk, grant_type="refresh_token", refresh_token=content["refresh_token"])
    assert ask(desk, bearer(refreshed)).status_code == 200

    desk.instance.control.advance("100d")
    assert token(desk, grant_type="refresh_token", refresh_token=content["refresh_token"]).status_code == 401


def test_client_credentials_give_no_refresh_token(desk: Desk) -> None:
    answer = token(desk, grant_type="client_credentials")
    assert "refresh_token" not in answer.json()
    assert ask(desk, bearer(answer)).status_code == 200


def test_the_client_may_log_in_by_basic(desk: Desk) -> None:
    answer = httpx.post(
        f"{desk.instance.url}/oauth_token.do",
        data={"grant_type": "client_credentials"},
        auth=(desk.instance.client_id, desk.instance.client_secret),
        trust_env=False,
    )
    assert ask(desk, bearer(answer)).status_code == 200


def test_a_valid_token_is_handed_out_again(desk: Desk) -> None:
    first, second = token(desk, grant_type="client_credentials"), token(desk, grant_type="client_credentials")
    assert first.json()["access_token"] == second.json()["access_token"]
    desk.instance.control.advance(1000)
    assert token(desk, grant_type="client_credentials").json()["expires_in"] == 799


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "password", "username": "ticketlake", "password": "wrong"},
        {"grant_type": "client_credentials", "client_secret": "wrong"},
        {"grant_type": "refresh_token", "refresh_token": "nobody's"},
        {"grant_type": "guess"},
        {},
    ],
)
def test_a_refused_token(desk: Desk, form: dict[str, str]) -> None:
    response = token(desk, **form)
    assert response.status_code == 401
    assert response.json() == {"error_description": "access_denied", "error": "server_error"}


def test_tokens_can_be_made_to_expire(desk: Desk) -> None:
    answer = token(desk, grant_type="client_credentials")
    desk.instance.control.expire_tokens()
    assert ask(desk, bearer(answer)).status_code == 401


def test_secrets_stay_out_of_the_log_of_requests(desk: Desk) -> None:
    ask(desk, {}, f"{PATH}?x-sn-apikey=key-of-the-house")
    token(desk, grant_type="password", username=desk.instance.username, password=desk.instance.password)
    log = str(desk.instance.control.requests())
    assert "key-of-the-house" not in log
    assert desk.instance.password not in log
