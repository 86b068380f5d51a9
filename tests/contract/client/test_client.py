"""The client against every documented way an answer can be bad (Table API reference, section 1.4)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from ingestion.errors import (
    AddressTooLong,
    CredentialsRefused,
    HibernatingError,
    PageTooHeavy,
    SourceError,
    TableRefused,
    TransientError,
    UnknownTable,
)
from ingestion.servicenow.client import Client
from ingestion.servicenow.dictionary import Layout
from ingestion.servicenow.records import RowParser
from ingestion.settings import Credentials, InstanceSettings
from tests.contract.client.scripted import Reply, Script, error, html, rows, scripted

BASIC = Credentials(username="ticketlake", password="secret")
PARSER = RowParser(Layout("incident", {"sys_id": "GUID"}, None, {}))


class Asking:
    """A client of a script, with the pauses it would have made."""

    def __init__(self, script: Script, **options: Any) -> None:
        self.pauses: list[float] = []
        instance = InstanceSettings("prod", script.url, options.pop("credentials", BASIC), **options)
        self.client = Client(instance, sleep=self.pauses.append)

    def ids(self) -> list[str]:
        answer = self.client.table("incident", {"sysparm_query": "ORDERBYsys_id"}, PARSER.decoder)
        return [PARSER.get(row, "sys_id") for row in answer.result]


TRANSIENT = {
    "500": error(500, "boom"),
    "502 with HTML": html(502, "Bad Gateway"),
    "503 with HTML": html(503, "Service Unavailable"),
    "202": Reply(202, b""),
    "408": error(408, "timeout"),
    "429 without Retry-After": error(429, "Rate limit exceeded"),
    "empty body": Reply(body=b""),
    "null": Reply(body=b"null"),
    "a list": Reply(body=b"[]"),
    "a text": Reply(body=b'"x"'),
    "not JSON": Reply(body=b"<oops"),
    "not UTF-8": Reply(body=b'{"result":[{"sys_id":"\xff"}]}'),
    "cut-off JSON": Reply(body=b'{"result":[{"sys_id":"a"}'),
    "no result": Reply(body=b"{}"),
    "result is an object": Reply(body=b'{"result":{}}'),
    "a row is a text": Reply(body=b'{"result":[{"sys_id":"a"},"x"]}'),
    "error in a 200": Reply(body=b'{"error":{"message":"m","detail":"d"},"status":"failure"}'),
    "partial result, then error": Reply(body=b'{"result":[{"sys_id":"a"}],"error":{"message":"m"},"status":"failure"}'),
    "HTML in a 200": html(200, "hello"),
    "body cut on the wire": replace(rows("a", "b", "c"), cut=True),
    "connection reset": Reply(reset=True),
    "API level ACL after a node switch": error(403, "User Not Authorized", "Failed API level ACL Validation"),
}


@pytest.mark.parametrize("bad", TRANSIENT.values(), ids=TRANSIENT)
def test_a_bad_answer_is_asked_again_and_never_data(bad: Reply) -> None:
    with scripted(bad, bad, rows("a")) as script:
        asking = Asking(script)
        assert asking.ids() == ["a"]
        assert len(asking.pauses) == asking.client.traffic.retries == 2
        assert asking.pauses[0] < asking.pauses[1] * 2 and asking.pauses[1] <= 1.0


@pytest.mark.parametrize("bad", TRANSIENT.values(), ids=TRANSIENT)
def test_a_bad_answer_that_stays_is_an_error_that_names_the_request(bad: Reply) -> None:
    with scripted(bad) as script:
        asking = Asking(script, max_attempts=3)
        with pytest.raises(TransientError, match=r"prod: incident: .*tried 3 times.*ORDERBYsys_id"):
            asking.ids()
        assert len(script.requests) == 3


def test_retry_after_is_obeyed_exactly() -> None:
    with scripted(error(429, "Rate limit", Retry_After="37"), error(503, "x", Retry_After="2"), rows("a")) as script:
        asking = Asking(script)
        assert asking.ids() == ["a"]
        assert asking.pauses == [pytest.approx(37.0, abs=0.5), 2.0]


def test_retry_after_as_a_date_counts_from_the_answers_own_clock() -> None:
    later = error(429, "x", Retry_After="Sun, 01 Feb 2026 00:01:40 GMT", Date="Sun, 01 Feb 2026 00:00:00 GMT")
    with scripted(later, rows("a")) as script:
        asking = Asking(script)
        asking.ids()
        assert asking.pauses == [pytest.approx(100.0, abs=0.5)]


def test_retry_after_beyond_fifteen_minutes_ends_the_table() -> None:
    with scripted(error(429, "x", Retry_After="901")) as script:
        asking = Asking(script)
        with pytest.raises(TransientError, match=r"asks to wait 901 s.*goes on where it stopped"):
            asking.ids()
        assert asking.pauses == [] and len(script.requests) == 1


def test_refused_credentials_are_final() -> None:
    refusal = error(401, "User Not Authenticated", "Required to provide Auth information")
    with scripted(refusal) as script:
        asking = Asking(script)
        with pytest.raises(CredentialsRefused, match="refused the credentials"):
            asking.ids()
        assert len(script.requests) == 1


def test_no_error_says_the_password() -> None:
    with scripted(error(401, "User Not Authenticated")) as script:
        asking = Asking(script)
        with pytest.raises(CredentialsRefused) as refusal:
            asking.ids()
        assert "secret" not in str(refusal.value) + repr(asking.client.instance)


def test_an_unreadable_table_names_the_right_that_is_missing() -> None:
    body = error(403, "User Not Authorized", "User is unauthorized to access table: incident")
    with scripted(body) as script, pytest.raises(TableRefused, match="grant it read access to incident"):
        Asking(script).ids()


def test_an_unknown_table_is_told_apart() -> None:
    with (
        scripted(error(400, "Invalid table incident")) as script,
        pytest.raises(UnknownTable, match="no table incident"),
    ):
        Asking(script).ids()


@pytest.mark.parametrize("status", [400, 404])
def test_another_client_error_is_final(status: int) -> None:
    with scripted(error(status, "Exception while reading request", "odd")) as script:
        asking = Asking(script)
        with pytest.raises(SourceError, match=f"answered {status} Exception while reading request: odd"):
            asking.ids()
        assert len(script.requests) == 1


@pytest.mark.parametrize(
    "answer", [error(400, "Pagination not supported", "too long"), error(414, "x"), html(414, "x"), html(400, "x")]
)
def test_an_address_that_is_too_long_is_told_apart(answer: Reply) -> None:
    with scripted(answer) as script:
        asking = Asking(script)
        with pytest.raises(AddressTooLong, match=r"finds an address of \d+ characters too long: 4"):
            asking.ids()
        assert len(script.requests) == 1


HEAVY = {
    "504": html(504, "Gateway Timeout"),
    "413": error(413, "Entity too large"),
    "execution time": error(400, "Transaction cancelled: maximum execution time exceeded", "Check logs"),
    "execution time after a partial result": Reply(
        body=b'{"result":[{"sys_id":"a"}],"error":{"message":"Transaction cancelled: maximum execution time exceeded"}}'
    ),
}


@pytest.mark.parametrize("bad", HEAVY.values(), ids=HEAVY)
def test_a_page_that_is_too_heavy_is_told_at_once_to_whoever_can_ask_for_less(bad: Reply) -> None:
    with scripted(bad) as script:
        asking = Asking(script, max_attempts=2)
        with pytest.raises(PageTooHeavy):
            asking.client.table("incident", {}, PARSER.decoder, shrinks=True)
        assert len(script.requests) == 1
        with pytest.raises(TransientError, match="tried 2 times"):
            asking.ids()


def test_an_answer_that_does_not_come_in_time_is_too_heavy() -> None:
    with scripted(replace(rows("a"), delay=1.0)) as script:
        asking = Asking(script, timeout_seconds=0.2)
        with pytest.raises(PageTooHeavy, match="ReadTimeout"):
            asking.client.table("incident", {}, PARSER.decoder, shrinks=True)


def test_one_429_holds_all_sessions() -> None:
    with scripted(error(429, "Rate limit", Retry_After="37"), rows("a")) as script:
        asking = Asking(script, max_attempts=1)
        with pytest.raises(TransientError):
            asking.ids()
        assert asking.pauses == []
    with scripted(error(429, "Rate limit", Retry_After="37"), rows("a")) as script:
        asking = Asking(script, max_attempts=2)
        other = asking.client.sibling()
        asking.client._shared.gate.hold(5.0)
        other.table("incident", {}, PARSER.decoder)
        assert asking.pauses == [pytest.approx(5.0, abs=0.5), pytest.approx(37.0, abs=0.5)]


def test_a_limit_without_retry_after_ends_at_its_reset() -> None:
    stamps = {"Date": "Sun, 01 Feb 2026 00:00:00 GMT", "X_RateLimit_Reset": "1769904060"}
    with scripted(error(429, "Rate limit exceeded", **stamps), rows("a")) as script:
        asking = Asking(script)
        asking.ids()
        assert asking.pauses == [pytest.approx(60.0, abs=0.5)]


@pytest.mark.parametrize("text", ["Your instance is hibernating", "Your instance is currently offline"])
def test_a_sleeping_instance_is_told_by_its_page(text: str) -> None:
    with scripted(html(200, text)) as script, pytest.raises(HibernatingError, match="wake it"):
        Asking(script, max_attempts=2).ids()


def token(name: str, **extra: Any) -> Reply:
    import json

    answer = {"access_token": name, "token_type": "Bearer", "expires_in": 1799, **extra}
    return Reply(body=json.dumps(answer).encode())


def test_an_expired_token_is_renewed_once() -> None:
    credentials = Credentials(username="u", password="p", client_id="c", client_secret="s")
    expired = error(401, "User Not Authenticated")
    with scripted(token("one", refresh_token="r"), rows("a"), expired, token("two"), rows("b")) as script:
        asking = Asking(script, credentials=credentials)
        assert asking.ids() == ["a"]
        assert asking.ids() == ["b"]
        grants = [form.get("grant_type") for path, form, _ in script.requests if path == "/oauth_token.do"]
        assert grants == ["password", "refresh_token"]
        assert script.requests[-1][2]["Authorization"] == "Bearer two"


def test_a_token_that_is_refused_again_is_final() -> None:
    credentials = Credentials(client_id="c", client_secret="s")
    with scripted(token("one"), error(401, "x"), token("two"), error(401, "x")) as script:
        with pytest.raises(CredentialsRefused):
            Asking(script, credentials=credentials).ids()
        assert len(script.requests) == 4


def test_a_refused_grant_is_final() -> None:
    denied = Reply(401, b'{"error_description":"access_denied","error":"server_error"}')
    credentials = Credentials(client_id="c", client_secret="wrong")
    with scripted(denied) as script, pytest.raises(CredentialsRefused, match="client_credentials grant"):
        Asking(script, credentials=credentials).ids()


def test_an_api_key_goes_into_its_header_and_nowhere_else() -> None:
    with scripted(rows("a")) as script:
        Asking(script, credentials=Credentials(api_key="key")).ids()
        path, parameters, headers = script.requests[0]
        assert headers["x-sn-apikey"] == "key"
        assert "key" not in path + str(parameters) and "Authorization" not in headers


def test_the_date_header_is_the_clock() -> None:
    with scripted(rows("a")) as script:
        asking = Asking(script)
        asking.ids()
        assert isinstance(asking.client.server_time, datetime) and asking.client.server_time.tzinfo is None


def test_what_was_transferred_is_counted() -> None:
    with scripted(error(500, "x"), rows("a")) as script:
        asking = Asking(script)
        asking.ids()
        traffic = asking.client.traffic
        assert (traffic.requests, traffic.retries) == (2, 1)
        assert traffic.bytes >= len(rows("a").body)
