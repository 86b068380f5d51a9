"""Rows, fields and query rights that a user lacks, and an order of ties that changes."""

import pytest

from ingestion.instance import ControlError
from tests.contract.instance.conftest import Desk

ALL = ["INC1", "INC2", "INC3", "INC4"]


def problems(desk: Desk, count: int) -> list[str]:
    """So many problems, by sys_id."""
    created = desk.instance.control.mutate({"op": "insert", "table": "problem", "rows": [{} for _ in range(count)]})
    return sorted(created[0])


def page(desk: Desk, offset: int, limit: int = 5, query: str = "ORDERBYsys_id") -> list[str]:
    return [row["sys_id"] for row in desk.rows("problem", query, fields="sys_id", limit=limit, offset=offset)]


def test_rows_of_a_range_empty_a_page_in_the_middle(desk: Desk) -> None:
    ids = problems(desk, 20)
    desk.instance.control.faults({"kind": "hidden_rows", "table": "problem", "first": ids[5], "last": ids[9]})
    response = desk.get("table/problem", query="ORDERBYsys_id", limit=5, offset=5)
    assert (response.json()["result"], response.headers["X-Total-Count"]) == ([], "20")
    assert page(desk, 0) == ids[:5] and page(desk, 10) == ids[10:15]
    assert desk.count("", "problem") == 20
    assert desk.instance.control.hits() == [1]


def test_a_page_that_comes_empty_stays_hidden_row_by_row(desk: Desk) -> None:
    ids = problems(desk, 20)
    desk.instance.control.faults({"kind": "empty_page", "table": "problem", "after": 1})
    assert page(desk, 0) == ids[:5]
    assert page(desk, 0, limit=1) == ids[:1]  # too small to be a page
    assert page(desk, 5) == []
    assert page(desk, 10) == ids[10:15]
    assert page(desk, 4, limit=7) == [ids[4], ids[10]]
    assert desk.get(f"table/problem/{ids[7]}").status_code == 404
    assert desk.count("", "problem") == 20
    rule = desk.instance.control.faults()[0]
    assert (rule["hits"], rule["hidden_rows"]) == (3, 5)


def test_the_truth_can_leave_out_what_is_hidden(desk: Desk) -> None:
    ids = problems(desk, 6)
    desk.instance.control.faults({"kind": "hidden_rows", "table": "problem", "sys_ids": ids[:2]})
    assert {row["sys_id"] for row in desk.instance.control.rows("problem")} == set(ids)
    assert {row["sys_id"] for row in desk.instance.control.rows("problem", visible=True)} == set(ids[2:])
    assert len(list(desk.instance.control.rows("incident", visible=True))) == 4


def test_an_old_release_refuses_where_all_rows_are_hidden(desk: Desk) -> None:
    hidden = [desk.ids["INC1"], desk.ids["INC2"]]
    desk.instance.control.faults({"kind": "hidden_rows", "sys_ids": hidden, "old_release": True})
    response = desk.get("table/incident", query="ORDERBYnumber", limit=2)
    assert response.status_code == 403
    assert response.json()["error"]["detail"] == "2 records constrained due to ACL restrictions"
    assert desk.numbers("") == ["INC3", "INC4"]


def test_hidden_rows_count_only_where_one_was_taken_out(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "hidden_rows", "sys_ids": [desk.ids["INC1"]]})
    desk.rows("incident", "number=INC2")
    assert desk.instance.control.hits() == [0]
    desk.rows("incident")
    assert desk.instance.control.hits() == [1]


def test_a_hidden_field_counts_only_where_it_would_have_shown(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "hidden_field", "table": "incident", "field": "sys_updated_on"})
    desk.rows("incident", fields="number")
    desk.rows("incident", "number=NONE")
    assert desk.instance.control.hits() == [0]
    assert desk.rows("incident", "number=INC1", fields="number,sys_updated_on") == [{"number": "INC1"}]
    assert "sys_updated_on" not in desk.rows("incident", "number=INC1")[0]
    assert desk.instance.control.hits() == [2]


def test_without_query_range_filter_and_sort_are_ignored_on_that_field_alone(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "denied_query", "field": "opened_at"})
    assert desk.numbers("opened_at>2030-01-01 00:00:00") == ALL
    assert desk.numbers("opened_at>2030-01-01 00:00:00^state=6") == ["INC3"]
    assert desk.numbers("opened_at>2030-01-01 00:00:00^ORnumber=INC2") == ["INC2"]
    assert desk.count("opened_at>2030-01-01 00:00:00") == 4
    assert desk.numbers("ORDERBYDESCopened_at^ORDERBYnumber") == ALL
    assert desk.instance.control.hits() == [5]


def test_what_the_missing_right_does_not_cover_still_works(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "denied_query", "field": "opened_at"})
    assert desk.numbers("opened_at=2026-01-01 08:00:00") == ["INC1"]
    assert desk.numbers("opened_atISEMPTY") == ["INC4"]
    assert desk.numbers("ORDERBYDESCnumber") == ALL[::-1]
    assert desk.instance.control.hits() == [0]


def test_without_query_match_ranges_still_work(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "denied_query", "field": "opened_at", "right": "query_match"})
    assert desk.numbers("opened_at=2026-01-01 08:00:00") == ALL
    assert desk.numbers("opened_at<=2026-01-01 08:00:00") == ["INC1"]
    assert desk.instance.control.hits() == [1]


@pytest.mark.parametrize(
    ("part", "filtered", "ordered", "hits"), [("filter", False, True, 1), ("sort", True, False, 2)]
)
def test_filter_and_sort_may_be_ignored_alone(desk: Desk, part: str, filtered: bool, ordered: bool, hits: int) -> None:
    desk.instance.control.faults({"kind": "denied_query", "field": "number", "part": part})
    assert (set(desk.numbers("number>INC2^ORDERBYnumber")) == {"INC3", "INC4"}) == filtered
    assert (desk.numbers("ORDERBYDESCnumber") == ALL[::-1]) == ordered
    assert desk.instance.control.hits() == [hits]


def test_the_whole_query_may_go_with_one_denied_term(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "denied_query", "field": "opened_at", "whole_query": True})
    assert sorted(desk.numbers("state=6^opened_at>2030-01-01 00:00:00^ORDERBYnumber")) == ALL
    assert desk.numbers("state=6") == ["INC3"]


def test_ties_come_in_another_order_each_time_and_the_same_ones_by_seed(desk: Desk) -> None:
    ids = problems(desk, 40)

    def orders() -> list[list[str]]:
        desk.instance.control.clear_faults()
        desk.instance.control.faults({"kind": "unstable_ties", "table": "problem", "seed": 5})
        return [page(desk, 0, 40, "ORDERBYsys_created_on") for _ in range(3)]

    first = orders()
    assert all(sorted(order) == ids for order in first)
    assert len({tuple(order) for order in first}) == 3
    assert desk.instance.control.hits() == [3]
    assert orders() == first


def test_a_sort_without_ties_has_one_order(desk: Desk) -> None:
    ids = problems(desk, 40)
    desk.instance.control.faults({"kind": "unstable_ties"})
    assert [page(desk, 0, 40, "ORDERBYsys_created_on^ORDERBYsys_id") for _ in range(2)] == [ids, ids]
    assert desk.instance.control.hits() == [0]


def test_literals_in_the_users_zone_follow_its_daylight_saving(desk: Desk) -> None:
    desk.instance.control.settings(time_zone="Europe/Berlin", literals_in_user_zone=True)
    for number, utc in (("WINTER", "2026-01-10 11:00:00"), ("SUMMER", "2026-07-10 10:00:00")):
        desk.add(number, "incident", number=number, opened_at=utc)
    assert desk.numbers("opened_at=2026-01-10 12:00:00") == ["WINTER"]
    assert desk.numbers("opened_at=2026-07-10 12:00:00") == ["SUMMER"]
    # The hour that is skipped in spring and the one that comes twice in autumn.
    desk.add("SPRING", "incident", number="SPRING", opened_at="2026-03-29 01:00:00")
    assert desk.numbers("opened_at=2026-03-29 03:00:00") == ["SPRING"]
    desk.add("AUTUMN", "incident", number="AUTUMN", opened_at="2026-10-25 01:30:00")
    assert desk.numbers("opened_at>=2026-10-25 03:00:00") == []
    assert desk.rows("incident", "number=SUMMER", fields="opened_at") == [{"opened_at": "2026-07-10 10:00:00"}]


@pytest.mark.parametrize("rule", [{"right": "query_all"}, {"part": "half"}])
def test_a_right_that_does_not_exist(desk: Desk, rule: dict[str, str]) -> None:
    with pytest.raises(ControlError, match=next(iter(rule.values()))):
        desk.instance.control.faults({"kind": "denied_query", "field": "number", **rule})
