"""The faults an instance can be told to have, and how they are bounded."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from ingestion.instance import ControlError
from ingestion.instance.faults import KINDS
from ingestion.instance.faults.bodies import FORMS
from tests.contract.instance.conftest import Desk


def statuses(desk: Desk, table: str = "incident", times: int = 4) -> list[int]:
    """Status codes of requests in a row."""
    return [desk.get(f"table/{table}").status_code for _ in range(times)]


def test_a_rate_limit_tells_when_to_come_back(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "rate_limit", "retry_after": 7, "times": 1})
    response = desk.get("table/incident")
    assert response.status_code == 429
    assert response.json()["error"] == {
        "message": "Rate limit exceeded",
        "detail": "Rate limit of 100 requests per hour for Table API exceeded",
    }
    now = 1767614400
    assert response.headers["Retry-After"] == "7"
    assert int(response.headers["X-RateLimit-Reset"]) == now + 7
    assert desk.get("table/incident").status_code == 200


def test_a_rate_limit_without_headers(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "rate_limit", "retry_after": -1})
    assert "Retry-After" not in desk.get("table/incident").headers


def test_server_errors_come_as_json_or_html_and_before_the_login(desk: Desk) -> None:
    desk.instance.control.faults(
        {"kind": "server_error", "times": 1}, {"kind": "server_error", "status": 502, "html": True}
    )
    first, second = (
        desk.get("table/incident"),
        httpx.get(f"{desk.instance.url}/api/now/table/incident", trust_env=False),
    )
    assert (first.status_code, first.json()["status"]) == (500, "failure")
    assert (second.status_code, second.headers["Content-Type"]) == (502, "text/html")


def test_a_refused_and_an_unknown_table(desk: Desk) -> None:
    desk.instance.control.faults(
        {"kind": "forbidden", "table": "problem"}, {"kind": "unknown_table", "table": "task_sla"}
    )
    refused, unknown = desk.get("table/problem"), desk.get("table/task_sla")
    assert (refused.status_code, refused.json()["error"]["detail"]) == (
        403,
        "User is unauthorized to access table: problem",
    )
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (400, "Invalid table task_sla")
    assert desk.get("table/incident").status_code == 200


def test_a_hidden_field_has_no_key(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "hidden_field", "table": "incident", "field": "caller_id"})
    assert desk.rows("incident", "number=INC1", fields="number,caller_id,caller_id.name") == [{"number": "INC1"}]
    assert "caller_id" not in desk.rows("incident", "number=INC1")[0]
    assert desk.numbers(f"caller_id={desk.ids['bob']}") == ["INC2"]


def test_hidden_rows_leave_a_page_short_and_the_total_as_it_was(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "hidden_rows", "sys_ids": [desk.ids["INC1"], desk.ids["INC2"]]})
    response = desk.get("table/incident", query="ORDERBYnumber", limit=2, fields="number")
    assert (response.json()["result"], response.headers["X-Total-Count"]) == ([], "4")
    assert desk.get(f"table/incident/{desk.ids['INC1']}").status_code == 404
    after = desk.rows("incident", "ORDERBYnumber", limit=2, offset=2, fields="number")
    assert [row["number"] for row in after] == ["INC3", "INC4"]


def test_a_share_of_rows_is_hidden_and_always_the_same(desk: Desk) -> None:
    desk.instance.control.mutate({"op": "insert", "table": "problem", "rows": [{} for _ in range(200)]})
    desk.instance.control.faults({"kind": "hidden_rows", "share": 0.25, "seed": 3})
    first, second = (desk.rows("problem", "ORDERBYsys_id", fields="sys_id") for _ in range(2))
    assert first == second
    assert 120 < len(first) < 180


def test_an_expired_token(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "unauthorized", "after": 1, "times": 2})
    assert statuses(desk) == [200, 401, 401, 200]


def test_rules_are_bounded_by_table_and_seeded_rate(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "server_error", "table": "problem", "rate": 0.5, "seed": 11})
    assert statuses(desk, "incident") == [200] * 4
    first = statuses(desk, "problem", 12)
    desk.instance.control.clear_faults()
    desk.instance.control.faults({"kind": "server_error", "table": "problem", "rate": 0.5, "seed": 11})
    assert statuses(desk, "problem", 12) == first
    assert set(first) == {200, 500}


def test_rules_tell_how_often_they_struck(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "latency", "seconds": 0.0}, {"kind": "server_error", "after": 2})
    statuses(desk)
    assert desk.instance.control.faults() == [
        {"kind": "latency", "seconds": 0.0, "hits": 4},
        {"kind": "server_error", "after": 2, "hits": 2},
    ]


@pytest.mark.parametrize("rule", [{"kind": "flood"}, {"kind": "latency", "minutes": 1}, {}])
def test_an_unknown_rule_is_named(desk: Desk, rule: dict[str, object]) -> None:
    with pytest.raises(ControlError, match="400"):
        desk.instance.control.faults(rule)


def test_requests_at_the_same_time_do_not_exceed_the_times_of_a_rule(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "latency", "seconds": 0.02}, {"kind": "accepted", "times": 5})
    login = (desk.instance.username, desk.instance.password)

    def ask(_: int) -> int:
        return httpx.get(f"{desk.instance.url}/api/now/table/incident", auth=login, trust_env=False).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(24)))
    assert (answers.count(202), answers.count(200)) == (5, 19)
    assert desk.instance.control.hits() == [24, 5]


def test_rules_with_one_seed_strike_on_their_own(desk: Desk) -> None:
    desk.instance.control.faults(*({"kind": kind, "rate": 0.3} for kind in ("server_error", "accepted", "rate_limit")))
    assert set(statuses(desk, times=40)) == {200, 500, 202, 429}


def test_every_kind_and_form_is_documented() -> None:
    text = Path(__file__).parents[3].joinpath("docs", "embedded-instance.md").read_text()
    assert [name for name in (*KINDS, *FORMS) if f"`{name}`" not in text] == []
