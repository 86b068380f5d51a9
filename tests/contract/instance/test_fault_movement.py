"""Tables that move while they are read: what a client sees, and that all traces agree with it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from ingestion.instance import ControlError, EmbeddedInstance
from ingestion.instance.company import Company
from tests.contract.instance.conftest import NOW, Desk


def moved(desk: Desk) -> list[str]:
    """The sys_ids that the one rule has moved."""
    rule = desk.instance.control.faults()[0]
    assert rule["hits"] == len(rule["moved"]) or rule.get("rows", 1) > 1
    return list(rule["moved"])


def incidents(desk: Desk) -> dict[str, dict[str, str]]:
    return {row["sys_id"]: row for row in desk.instance.control.rows("incident")}


def traces(desk: Desk, sys_id: str) -> set[tuple[str, str]]:
    """Field and new value of the audit rows of a record."""
    rows = desk.instance.control.rows("sys_audit")
    return {(row["fieldname"], row["newvalue"]) for row in rows if row["documentkey"] == sys_id}


def test_rows_are_updated_before_the_answer_and_time_goes_on(desk: Desk) -> None:
    rule = {"kind": "movement", "move": "update", "table": "incident", "advance_seconds": 5, "seed": 2}
    desk.instance.control.faults(rule)
    seen = [{row["sys_id"]: row for row in desk.rows("incident")} for _ in range(3)]
    for place, sys_id in enumerate(moved(desk)):
        row = seen[place][sys_id]
        assert row["sys_updated_on"] == str(NOW + timedelta(seconds=5 * (place + 1)))
        assert int(row["sys_mod_count"]) >= 1
        assert traces(desk, sys_id)
    assert desk.instance.control.now() == NOW + timedelta(seconds=15)


def test_an_update_may_leave_no_trace_at_all(desk: Desk) -> None:
    before = incidents(desk)
    quiet = {"touch": False, "audit": False, "values": {"state": "3"}}
    desk.instance.control.faults({"kind": "movement", "table": "incident", "move": "update", **quiet})
    desk.instance.control.advance(10)
    desk.rows("incident")
    (sys_id,) = moved(desk)
    assert incidents(desk)[sys_id] == {**before[sys_id], "state": "3"}
    assert traces(desk, sys_id) == set()


def test_rows_are_inserted_and_numbered(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "movement", "table": "incident", "move": "insert", "rows": 3, "times": 2})
    assert [len(desk.rows("incident")) for _ in range(3)] == [7, 10, 10]
    new = [incidents(desk)[sys_id] for sys_id in moved(desk)]
    assert len({row["number"] for row in new}) == 6
    assert {(row["state"], row["opened_at"], row["resolved_at"]) for row in new} == {("1", str(NOW), "")}
    assert {row["sys_id"] for row in new} <= {row["sys_id"] for row in desk.rows("task")}
    assert desk.instance.control.hits() == [2]


@pytest.mark.parametrize("audit", [True, False])
def test_rows_are_deleted_with_what_hangs_on_them(desk: Desk, audit: bool) -> None:
    slas = {desk.add(f"sla {name}", "task_sla", task=desk.ids[name]) for name in ("INC1", "INC2", "INC3", "INC4")}
    desk.instance.control.faults({"kind": "movement", "table": "incident", "move": "delete", "audit": audit})
    assert [len(desk.rows("incident")) for _ in range(5)] == [3, 2, 1, 0, 0]
    assert set(moved(desk)) == {desk.ids[name] for name in ("INC1", "INC2", "INC3", "INC4")}
    assert desk.rows("task_sla") == []
    told = {(row["tablename"], row["documentkey"]) for row in desk.instance.control.rows("sys_audit_delete")}
    gone = {("incident", sys_id) for sys_id in moved(desk)} | {("task_sla", sys_id) for sys_id in slas}
    assert told == (gone if audit else set())
    assert desk.instance.control.hits() == [4]


def test_a_row_changes_its_class_without_a_tombstone(desk: Desk) -> None:
    server = desk.ids["server"]
    desk.instance.control.faults(
        {"kind": "movement", "table": "cmdb_ci_linux_server", "move": "reclass", "to": "cmdb_ci_win_server"}
    )
    assert desk.rows("cmdb_ci_linux_server") == []
    assert moved(desk) == [server]
    (row,) = desk.rows("cmdb_ci_win_server")
    assert (row["sys_id"], row["name"], row["sys_class_name"]) == (server, "db01", "cmdb_ci_win_server")
    assert desk.rows("cmdb_ci", f"sys_id={server}", fields="sys_class_name") == [
        {"sys_class_name": "cmdb_ci_win_server"}
    ]
    assert list(desk.instance.control.rows("sys_audit_delete")) == []
    assert ("sys_class_name", "cmdb_ci_win_server") in traces(desk, server)


def test_a_ticket_that_becomes_a_problem_loses_and_gains_columns(desk: Desk) -> None:
    change = {"op": "reclass", "table": "incident", "sys_id": desk.ids["INC1"], "to": "problem"}
    desk.instance.control.mutate(change)
    assert desk.numbers("") == ["INC2", "INC3", "INC4"]
    assert desk.rows("problem", fields="sys_id,number,state,caller_id") == [
        {"sys_id": desk.ids["INC1"], "number": "INC1", "state": "1"}
    ]
    desk.instance.control.mutate({**change, "table": "problem", "to": "incident"})
    assert desk.rows("incident", "number=INC1", fields="caller_id,notify") == [{"caller_id": "", "notify": "1"}]
    with pytest.raises(ControlError, match="no class of its family"):
        desk.instance.control.mutate({**change, "to": "sys_user"})


def test_a_late_commit_shows_up_behind_the_readers(desk: Desk) -> None:
    desk.instance.control.advance("1h")
    desk.instance.control.faults({"kind": "late_commit", "table": "incident", "seconds": 300, "after": 1, "times": 1})
    passed = "2026-01-05 12:55:00"
    query = f"sys_updated_on>={passed}^sys_updated_on<=2026-01-05 13:00:00"
    assert desk.numbers(query) == []
    (late,) = desk.rows("incident", query)
    assert (late["sys_updated_on"], late["sys_created_on"]) == (passed, passed)
    assert moved(desk) == [late["sys_id"]]


def test_a_late_update_never_takes_a_row_back(desk: Desk) -> None:
    desk.instance.control.advance(200)
    desk.instance.platform.update("incident", desk.ids["INC1"], {"state": "2"})
    desk.instance.control.advance(100)
    rule = {"kind": "late_commit", "table": "incident", "move": "update", "seconds": 250, "rows": 20}
    desk.instance.control.faults(rule)
    desk.rows("incident")
    assert desk.ids["INC1"] not in moved(desk)
    assert {incidents(desk)[sys_id]["sys_updated_on"] for sys_id in moved(desk)} == {"2026-01-05 12:00:50"}
    rows = [row for row in desk.instance.control.rows("sys_audit") if row["documentkey"] in moved(desk)]
    assert {row["sys_created_on"] for row in rows} == {"2026-01-05 12:00:50"}


def test_a_table_without_rows_to_move_counts_no_hit(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "movement", "table": "problem", "move": "delete"})
    desk.rows("problem")
    assert desk.instance.control.hits() == [0]


def test_another_table_may_move_than_the_one_that_is_read(desk: Desk) -> None:
    desk.instance.control.faults(
        {"kind": "movement", "table": "incident", "api": "stats", "move": "insert", "target": "sys_user_group"}
    )
    desk.rows("incident")
    desk.count("")
    assert len(desk.rows("sys_user_group")) == 2


def test_the_same_seed_moves_the_same_rows() -> None:
    def history(seed: int) -> tuple[list[Any], list[dict[str, str]]]:
        with EmbeddedInstance(Company(40, 20, 3), now=NOW) as instance:
            moves = ("update", "insert", "delete", "reclass")
            rules = [{"kind": "movement", "table": "incident", "move": m, "rate": 0.5, "seed": seed} for m in moves]
            instance.control.faults(*rules)
            desk = Desk(instance, client_of(instance))
            for _ in range(12):
                desk.rows("incident", limit=1)
            desk.http.close()
            truth = instance.control.truth()
            assert truth["counts"]["incident"] == len(list(instance.control.rows("incident")))
            told = {row["documentkey"] for row in instance.control.rows("sys_audit_delete")}
            deleted = next(rule["moved"] for rule in instance.control.faults() if rule["move"] == "delete")
            assert set(deleted) <= told
            return instance.control.faults(), list(instance.control.rows("task"))

    first = history(7)
    assert first == history(7)
    assert first != history(8)
    assert all(rule["hits"] > 0 for rule in first[0])


def client_of(instance: EmbeddedInstance) -> httpx.Client:
    """A logged-in client."""
    return httpx.Client(base_url=instance.url, auth=(instance.username, instance.password), trust_env=False)


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({}, "needs a table"),
        ({"table": "incident", "move": ""}, "no move ''"),
        ({"table": "u_nothing"}, "no table 'u_nothing'"),
        ({"table": "incident", "move": "dance"}, "no move 'dance'"),
        ({"table": "incident", "values": {"bogus": "1"}}, "no column bogus"),
        ({"table": "incident", "values": {"state": 1}}, "values takes"),
        ({"table": "sys_audit"}, "never updated"),
        ({"table": "sys_user_grmember"}, "no text column"),
        ({"table": "sys_user", "move": "reclass"}, "no class"),
        ({"table": "incident", "move": "reclass", "to": "cmdb_ci"}, "not of one family"),
        ({"table": "incident", "kind": "late_commit", "move": "delete"}, "move is update or insert"),
    ],
)
def test_a_move_that_cannot_be(desk: Desk, rule: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ControlError, match=complaint):
        desk.instance.control.faults({"kind": "movement", "move": "update", **rule})
