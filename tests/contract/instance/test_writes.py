"""Writes by the Table API and the Batch API, and what the platform does with them."""

import base64
import json
from typing import Any

from tests.contract.instance.conftest import Desk


def audits(desk: Desk, sys_id: str) -> list[tuple[str, str, str, str]]:
    """(field, old, new, checkpoint) of a record's audit rows, oldest first."""
    rows = desk.rows("sys_audit", f"documentkey={sys_id}^ORDERBYsys_created_on^ORDERBYrecord_checkpoint")
    return [(row["fieldname"], row["oldvalue"], row["newvalue"], row["record_checkpoint"]) for row in rows]


def test_a_record_is_created_with_system_columns_defaults_and_a_number(desk: Desk) -> None:
    response = desk.http.post("/api/now/table/incident", json={"short_description": "New", "bogus": 1, "impact": 2})
    assert response.status_code == 201
    record = response.json()["result"]
    assert response.headers["Location"].endswith(f"/api/now/table/incident/{record['sys_id']}")
    expected = {
        "short_description": "New",
        "impact": "2",
        "state": "1",
        "active": "true",
        "sys_class_name": "incident",
        "sys_created_on": "2026-01-05 12:00:00",
        "sys_updated_on": "2026-01-05 12:00:00",
        "sys_created_by": "ticketlake",
        "sys_mod_count": "0",
    }
    assert {name: record[name] for name in expected} == expected
    assert record["number"].startswith("INC00")
    assert len(record["sys_id"]) == 32


def test_numbers_count_on(desk: Desk) -> None:
    numbers = [desk.http.post("/api/now/table/problem", json={}).json()["result"]["number"] for _ in range(3)]
    assert numbers == ["PRB0010000", "PRB0010001", "PRB0010002"]


def test_an_update_moves_the_system_columns_and_is_audited_by_its_real_class(desk: Desk) -> None:
    sys_id = desk.ids["INC1"]
    desk.instance.control.advance(90)
    changes = {"state": "2", "work_notes": "looking", "short_description": "Mail is slow"}
    record = desk.http.patch(f"/api/now/table/task/{sys_id}", json=changes).json()["result"]
    assert (record["sys_updated_on"], record["sys_mod_count"], record["sys_updated_by"]) == (
        "2026-01-05 12:01:30",
        "1",
        "ticketlake",
    )
    assert audits(desk, sys_id) == [("state", "1", "2", "1")]
    row = desk.rows("sys_audit", f"documentkey={sys_id}")[0]
    assert (row["tablename"], row["user"], row["sys_created_on"]) == ("incident", "ticketlake", "2026-01-05 12:01:30")


def test_an_update_that_changes_nothing_leaves_the_record_alone(desk: Desk) -> None:
    desk.instance.control.advance(90)
    record = desk.http.put(f"/api/now/table/incident/{desk.ids['INC1']}", json={"state": "1"}).json()["result"]
    assert record["sys_updated_on"] == "2026-01-05 12:00:00"


def test_scripts_may_keep_quiet(desk: Desk) -> None:
    sys_id = desk.ids["INC1"]
    desk.instance.control.advance(90)
    change = {"op": "update", "table": "incident", "sys_id": sys_id, "values": {"priority": "3"}}
    desk.instance.control.mutate({**change, "touch": False, "audit": False})
    record = desk.rows("incident", "number=INC1", fields="priority,sys_updated_on,sys_mod_count")[0]
    assert record == {"priority": "3", "sys_updated_on": "2026-01-05 12:00:00", "sys_mod_count": "0"}
    assert audits(desk, sys_id) == []


def test_an_untouched_change_that_is_audited_can_come_twice_in_a_second(desk: Desk) -> None:
    change = {"op": "update", "table": "incident", "sys_id": desk.ids["INC1"], "touch": False}
    for value in ("2", "1", "2"):
        desk.instance.control.mutate({**change, "values": {"state": value}})
    assert len(audits(desk, desk.ids["INC1"])) == 3


def test_a_deletion_is_filed_under_the_real_class(desk: Desk) -> None:
    sys_id = desk.ids["INC1"]
    assert desk.http.delete(f"/api/now/table/task/{sys_id}").status_code == 204
    assert desk.numbers("") == ["INC2", "INC3", "INC4"]
    deleted = desk.rows("sys_audit_delete", f"documentkey={sys_id}")
    assert [(row["tablename"], row["display_value"], row["sys_created_by"]) for row in deleted] == [
        ("incident", "INC1", "ticketlake")
    ]
    assert audits(desk, sys_id) == [("DELETED", "DELETED", "DELETED", "-1")]


def test_a_deletion_may_leave_no_trace_and_be_undone(desk: Desk) -> None:
    sys_id = desk.ids["INC1"]
    before = desk.rows("incident", "number=INC1")
    desk.instance.control.mutate({"op": "delete", "table": "incident", "sys_id": sys_id, "audit": False})
    assert desk.count("", "sys_audit_delete") == 0
    desk.instance.control.mutate({"op": "undelete", "table": "task", "sys_id": sys_id})
    assert desk.rows("incident", "number=INC1") == before
    assert audits(desk, sys_id)[-1][0] == "RECOVERED"


def test_writes_that_cannot_be(desk: Desk) -> None:
    assert desk.http.patch("/api/now/table/incident/none", json={}).status_code == 404
    assert desk.http.delete("/api/now/table/incident/none").status_code == 404
    assert desk.http.post("/api/now/table/incident", content=b"{").status_code == 400
    assert desk.http.post("/api/now/table/incident", json=["a", "b"]).status_code == 400
    taken = {"sys_id": desk.ids["INC1"]}
    assert desk.http.post("/api/now/table/incident", json=taken).status_code == 403
    assert desk.http.post(f"/api/now/table/incident/{desk.ids['INC1']}", json={}).status_code == 405


def test_a_batch_runs_its_requests_in_order(desk: Desk) -> None:
    def part(name: str, method: str, url: str, content: Any = None) -> dict[str, Any]:
        body = base64.b64encode(json.dumps(content).encode()).decode() if content else ""
        return {"id": name, "method": method, "url": url, "body": body, "headers": []}

    url = f"/api/now/table/incident/{desk.ids['INC1']}"
    requests = [part("a", "PATCH", url, {"state": "3"}), part("b", "GET", f"{url}?sysparm_fields=state")]
    missing = part("c", "GET", "/api/now/table/incident/none")
    answer = desk.http.post(
        "/api/now/v1/batch", json={"batch_request_id": 7, "rest_requests": [*requests, missing]}
    ).json()
    assert (answer["batch_request_id"], answer["unserviced_requests"]) == ("7", [])
    assert [(item["id"], item["status_code"]) for item in answer["serviced_requests"]] == [
        ("a", 200), ("b", 200), ("c", 404),
    ]  # fmt: skip
    assert json.loads(base64.b64decode(answer["serviced_requests"][1]["body"])) == {"result": {"state": "3"}}
