"""Refusals as the client meets them: logins, limits, broken and sleeping servers, tables, long addresses."""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.contract.instance.conftest import NOW, Desk

NOON = 1_767_614_400  # NOW in unix time


def token(desk: Desk, **form: str) -> httpx.Response:
    """An answer of the token endpoint to the instance's own client."""
    client = {"client_id": desk.instance.client_id, "client_secret": desk.instance.client_secret}
    return httpx.post(f"{desk.instance.url}/oauth_token.do", data=client | form, trust_env=False)


def ask_with(desk: Desk, access: str) -> int:
    headers = {"Authorization": f"Bearer {access}"}
    return httpx.get(f"{desk.instance.url}/api/now/table/incident", headers=headers, trust_env=False).status_code


def test_retry_after_as_a_date_counts_from_the_answers_own_date(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "rate_limit", "retry_after": 90, "as_date": True})
    headers = desk.get("table/incident").headers
    waits = parsedate_to_datetime(headers["Retry-After"]) - parsedate_to_datetime(headers["Date"])
    assert waits == timedelta(seconds=90)
    assert headers["X-RateLimit-Reset"] == str(NOON + 90)


def test_retry_after_may_be_longer_than_a_quarter_of_an_hour(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "rate_limit", "retry_after": 3600})
    assert int(desk.get("table/incident").headers["Retry-After"]) == 3600


def test_a_full_queue_answers_429_with_a_page_and_no_headers(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "rate_limit", "retry_after": -1, "rate_headers": False, "html": True})
    response = desk.get("table/incident")
    assert (response.status_code, response.headers["Content-Type"]) == (429, "text/html")
    assert not [name for name in response.headers if name.startswith(("x-ratelimit", "retry"))]


def test_an_hourly_limit_tells_beforehand_and_ends_with_the_hour(desk: Desk) -> None:
    desk.instance.control.advance("20m")
    desk.instance.control.faults({"kind": "hourly_limit", "limit": 2})
    answers = [desk.get("table/incident") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"2"}
    assert {answer.headers["X-RateLimit-Reset"] for answer in answers} == {str(NOON + 3600)}
    assert answers[2].headers["Retry-After"] == "2400"
    assert "Retry-After" not in answers[0].headers
    desk.instance.control.advance("40m")
    assert desk.get("table/incident").status_code == 200
    assert desk.instance.control.hits() == [2]


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_server_error_has_any_of_these_statuses(desk: Desk, status: int) -> None:
    desk.instance.control.faults({"kind": "server_error", "status": status, "html": True})
    response = desk.get("table/incident")
    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html")
    assert desk.instance.control.hits() == [1]


def test_a_full_session_queue_answers_202_without_content(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "accepted", "times": 1})
    first, second = desk.get("table/incident"), desk.get("table/incident")
    assert (first.status_code, first.content, second.status_code) == (202, b"", 200)


def test_a_token_expires_and_a_new_one_works(desk: Desk) -> None:
    access = token(desk, grant_type="client_credentials").json()["access_token"]
    desk.instance.control.faults({"kind": "token_expiry", "after": 1, "times": 1})
    assert [ask_with(desk, access) for _ in range(3)] == [200, 401, 401]
    renewed = token(desk, grant_type="client_credentials").json()["access_token"]
    assert renewed != access
    assert ask_with(desk, renewed) == 200
    assert desk.instance.control.hits() == [1]


@pytest.mark.parametrize(("takes_refresh", "status"), [(False, 200), (True, 401)])
def test_refresh_tokens_outlast_an_expiry_unless_they_are_taken_too(
    desk: Desk, takes_refresh: bool, status: int
) -> None:
    login = {"username": desk.instance.username, "password": desk.instance.password}
    granted = token(desk, grant_type="password", **login).json()
    desk.instance.control.faults({"kind": "token_expiry", "times": 1, "refresh": takes_refresh})
    assert ask_with(desk, granted["access_token"]) == 401
    assert token(desk, grant_type="refresh_token", refresh_token=granted["refresh_token"]).status_code == status


def test_a_token_expiry_does_not_touch_other_logins(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "token_expiry"})
    assert desk.get("table/incident").status_code == 200
    assert desk.instance.control.hits() == [0]


@pytest.mark.parametrize(
    ("rule", "status", "text"),
    [
        ({}, 200, "Your instance is hibernating"),
        ({"offline": True}, 200, "Your instance is currently offline"),
        ({"status": 503}, 503, "Your instance is hibernating"),
    ],
)
def test_a_sleeping_instance_shows_its_page_on_every_path(
    desk: Desk, rule: dict[str, Any], status: int, text: str
) -> None:
    desk.instance.control.faults({"kind": "hibernating", **rule})
    for response in (desk.get("table/incident"), token(desk, grant_type="client_credentials")):
        assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html")
        assert text in response.text
        assert response.headers["Server"] == "snow_adc"
        assert not {"set-cookie", "x-transaction-id"} & set(response.headers)
    assert desk.instance.control.hits() == [2]
    desk.instance.control.clear_faults()
    assert desk.get("table/incident").status_code == 200


@pytest.mark.parametrize(
    ("rule", "status", "kind", "text"),
    [
        ({}, 414, "text/html", "Too Large"),
        ({"status": 400, "html": True}, 400, "text/html", "Bad Request"),
        ({"status": 400}, 400, "application/json;charset=UTF-8", "Pagination not supported"),
    ],
)
def test_a_long_address_is_refused(desk: Desk, rule: dict[str, Any], status: int, kind: str, text: str) -> None:
    desk.instance.control.faults({"kind": "long_url", "above": 300, **rule})
    query = "sys_idIN" + ",".join(["0" * 32] * 12)
    response = desk.get("table/incident", query=query, suppress_pagination_header="true")
    assert (response.status_code, response.headers["Content-Type"]) == (status, kind)
    assert text in response.text
    assert desk.get("table/incident", query="active=true").status_code == 200
    assert desk.instance.control.hits() == [1]


def test_an_api_that_is_closed_for_a_moment(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "forbidden", "api_level": True, "times": 1})
    first, second = desk.get("table/incident"), desk.get("table/incident")
    assert first.json()["error"]["detail"] == "Failed API level ACL Validation"
    assert (first.status_code, second.status_code) == (403, 200)


def test_only_the_rule_that_answers_counts_a_hit(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "server_error"}, {"kind": "rate_limit"})
    assert desk.get("table/incident").status_code == 500
    assert desk.instance.control.hits() == [1, 0]


def test_a_rule_may_be_for_one_api_alone(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "server_error", "api": "stats"})
    assert desk.get("table/incident").status_code == 200
    assert desk.get("stats/incident", count="true").status_code == 500


def test_control_has_no_faults(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "hibernating"}, {"kind": "connection_reset"})
    assert desk.instance.control.now() == NOW
    assert desk.instance.control.hits() == [0, 0]
