"""The Aggregate API (reference, section 4)."""

from typing import Any

from tests.contract.instance.conftest import Desk


def stats(desk: Desk, **parameters: Any) -> Any:
    """The result of a request on incidents."""
    response = desk.get("stats/incident", **parameters)
    assert response.status_code == 200, response.text
    return response.json()["result"]


def test_all_values_are_text(desk: Desk) -> None:
    fields = {"min_fields": "opened_at,priority", "max_fields": "priority", "avg_fields": "priority"}
    assert stats(desk, count="true", sum_fields="priority", **fields) == {
        "stats": {
            "count": "4",
            "min": {"opened_at": "2026-01-01 08:00:00", "priority": "1"},
            "max": {"priority": "10"},
            "avg": {"priority": "4.3333"},
            "sum": {"priority": "13"},
        }
    }


def test_groups_have_the_empty_one_too(desk: Desk) -> None:
    result = stats(desk, count="true", group_by="priority,active", order_by="COUNT^DESC")
    assert {
        tuple(field["value"] for field in group["groupby_fields"]): group["stats"]["count"] for group in result
    } == {("1", "true"): "1", ("10", "true"): "1", ("", "true"): "1", ("2", "false"): "1"}


def test_groups_can_be_chosen_and_sorted(desk: Desk) -> None:
    counted = stats(desk, count="true", group_by="active", having="count^active^>^1")
    assert [group["groupby_fields"][0]["value"] for group in counted] == ["true"]
    sorted_groups = stats(desk, avg_fields="priority", group_by="active", order_by="AVG^priority")
    assert [group["stats"]["avg"]["priority"] for group in sorted_groups] == ["2.0000", "5.5000"]


def test_groups_show_names_where_wanted(desk: Desk) -> None:
    raw = stats(desk, count="true", group_by="caller_id", query="number=INC1")
    assert raw[0]["groupby_fields"] == [{"field": "caller_id", "value": desk.ids["ann"]}]
    shown = stats(desk, count="true", group_by="caller_id,state", query="number=INC1", display_value="true")
    assert [field["value"] for field in shown[0]["groupby_fields"]] == ["Ann Lee", "New"]


def test_row_rules_do_not_reach_counts(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "hidden_rows", "sys_ids": [desk.ids["INC1"]]})
    assert desk.numbers("") == ["INC2", "INC3", "INC4"]
    assert stats(desk, count="true")["stats"]["count"] == "4"


def test_no_aggregate_is_an_error(desk: Desk) -> None:
    assert desk.get("stats/incident").status_code == 400
    assert desk.get("stats/u_nothing", count="true").json()["error"]["message"] == "Invalid table u_nothing"
