"""Answers with status 200 that are no page of rows."""

from typing import Any

import httpx
import orjson
import pytest

from ingestion.instance.faults.bodies import FORMS
from tests.contract.instance.conftest import Desk

CANCELLED = "Transaction cancelled: maximum execution time exceeded"


def spoilt(desk: Desk, form: str) -> httpx.Response:
    """The four incidents in a spoilt form; the rule must have struck once."""
    desk.instance.control.faults({"kind": "bad_body", "form": form, "times": 1})
    response = desk.get("table/incident", query="ORDERBYnumber", fields="sys_id,number")
    assert (response.status_code, response.headers["X-Total-Count"]) == (200, "4")
    assert desk.instance.control.hits() == [1]
    assert len(desk.rows("incident")) == 4
    return response


@pytest.mark.parametrize(("form", "content"), [("empty", b""), ("null", b"null")])
def test_nothing(desk: Desk, form: str, content: bytes) -> None:
    response = spoilt(desk, form)
    assert (response.content, response.headers["Content-Type"]) == (content, "application/json;charset=UTF-8")


@pytest.mark.parametrize("form", ["cut", "text", "html", "partial_broken"])
def test_what_is_no_json(desk: Desk, form: str) -> None:
    response = spoilt(desk, form)
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(response.content)
    assert response.headers["Content-Type"] == ("text/html" if form == "html" else "application/json;charset=UTF-8")
    assert (CANCELLED in response.text) == (form == "partial_broken")


def test_a_list_in_place_of_an_object(desk: Desk) -> None:
    assert [row["number"] for row in spoilt(desk, "list").json()] == ["INC1", "INC2", "INC3", "INC4"]


def test_a_good_page_of_the_wrong_type(desk: Desk) -> None:
    response = spoilt(desk, "wrong_type")
    assert (response.headers["Content-Type"], len(response.json()["result"])) == ("text/plain", 4)


def test_an_error_with_status_200(desk: Desk) -> None:
    content = spoilt(desk, "error").json()
    assert (content["error"]["message"], content["status"], "result" in content) == (CANCELLED, "failure", False)


@pytest.mark.parametrize(("form", "stray"), [("partial", []), ("partial_stray", [CANCELLED])])
def test_some_rows_and_then_an_error(desk: Desk, form: str, stray: list[str]) -> None:
    content = spoilt(desk, form).json()
    assert [row["number"] for row in content["result"][:2]] == ["INC1", "INC2"]
    assert content["result"][2:] == stray
    assert content["error"]["detail"].startswith(CANCELLED)


def test_rows_that_are_no_objects(desk: Desk) -> None:
    assert [type(row) for row in spoilt(desk, "odd_rows").json()["result"]].count(dict) == 3


def test_rows_without_their_key(desk: Desk) -> None:
    assert [set(row) for row in spoilt(desk, "keyless_rows").json()["result"]] == [{"number"}] * 4


@pytest.mark.parametrize("form", ["odd_rows", "keyless_rows"])
def test_a_page_without_rows_has_no_bad_ones(desk: Desk, form: str) -> None:
    desk.instance.control.faults({"kind": "bad_body", "form": form})
    assert desk.rows("problem") == []
    assert desk.instance.control.hits() == [0]


def test_every_form_is_tested_here(desk: Desk) -> None:
    tested = {"empty", "null", "cut", "text", "html", "partial_broken", "list", "wrong_type", "error", "partial"}
    assert set(FORMS) == tested | {"partial_stray", "odd_rows", "keyless_rows"}


@pytest.mark.parametrize("form", ["empty", "null", "text", "error"])
def test_counts_and_single_records_can_be_bad_too(desk: Desk, form: str) -> None:
    desk.instance.control.faults({"kind": "bad_body", "form": form})
    for path in ("stats/incident", f"table/incident/{desk.ids['INC1']}"):
        response = desk.get(path, count="true")
        assert response.status_code == 200 and b'"result"' not in response.content
    assert desk.instance.control.hits() == [2]


def test_what_only_a_page_can_be_leaves_all_else_alone(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "bad_body", "form": "partial"})
    assert desk.get(f"table/incident/{desk.ids['INC1']}").json()["result"]["number"] == "INC1"
    assert desk.count("") == 4
    assert desk.instance.control.hits() == [0]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_pages_above_a_size_take_too_long(desk: Desk, status: int) -> None:
    desk.instance.control.faults({"kind": "execution_time", "above": 3, "status": status})
    small, large = desk.get("table/incident", limit=3), desk.get("table/incident", limit=4)
    default = desk.get("table/incident")
    assert (small.status_code, len(small.json()["result"])) == (200, 3)
    for response in (large, default):
        content: dict[str, Any] = response.json()
        assert (response.status_code, content["error"]["message"]) == (status, CANCELLED)
        assert len(content.get("result", [])) == (2 if status == 200 else 0)
    assert desk.instance.control.hits() == [2]


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "bad_body"},
        {"kind": "bad_body", "form": "soup"},
        {"kind": "execution_time", "status": 503},
        {"kind": "server_error", "status": 404},
        {"kind": "server_error", "rate": "often"},
        {"kind": "server_error", "times": True},
        {"kind": "hidden_rows", "sys_ids": [1]},
        {"kind": "long_url", "status": 500},
        {"kind": "latency", "api": "import"},
        "latency",
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_all_that_come_with_it(desk: Desk, rule: Any) -> None:
    body = [{"kind": "latency"}, rule]
    response = httpx.post(f"{desk.instance.url}/_control/faults", json=body, trust_env=False)
    assert response.status_code == 400
    assert desk.instance.control.faults() == []
