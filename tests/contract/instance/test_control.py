"""The control API: time, changes by hand, truth, the log of requests, switches."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from ingestion.instance import ControlError, EmbeddedInstance
from ingestion.instance.application import Application
from ingestion.instance.messages import Request
from ingestion.instance.platform import Platform
from tests.contract.instance.conftest import NOW, Desk


class Ticking:
    """A world in which a problem is opened at every full minute."""

    def __init__(self) -> None:
        self.operations: dict[str, Callable[..., Any]] = {"greet": lambda name: f"hello {name}"}

    def populate(self, platform: Platform) -> None:
        """Begins at the clock's time."""
        self._platform = platform
        self._at = platform.clock.now()

    def advance(self, to: datetime) -> None:
        """Opens the problems up to `to`."""
        while self._at + timedelta(minutes=1) <= to:
            self._at += timedelta(minutes=1)
            self._platform.create("problem", {}, at=self._at)

    def truth(self) -> dict[str, Any]:
        """How many there are."""
        return {"problems": self._platform.store.count("problem")}


def test_the_date_header_is_the_clock(desk: Desk) -> None:
    def served_at() -> datetime:
        return parsedate_to_datetime(desk.get("table/incident", limit=1).headers["Date"]).replace(tzinfo=None)

    assert served_at() == NOW == desk.instance.control.now()
    assert desk.instance.control.advance("2h") == NOW + timedelta(hours=2)
    assert desk.instance.control.advance(90) == NOW + timedelta(hours=2, seconds=90)
    assert desk.instance.control.set_clock(NOW + timedelta(days=1)) == NOW + timedelta(days=1)
    assert served_at() == NOW + timedelta(days=1)


@pytest.mark.parametrize("change", [{"now": "2020-01-01"}, {"advance": "soon"}, {"advance_seconds": -5}, {"later": 1}])
def test_the_clock_only_goes_forward(desk: Desk, change: dict[str, Any]) -> None:
    response = httpx.post(f"{desk.instance.url}/_control/clock", json=change, trust_env=False)
    assert response.status_code == 400
    assert desk.instance.control.now() == NOW


def test_the_world_lives_up_to_the_new_time_before_the_answer() -> None:
    with EmbeddedInstance(Ticking(), now=NOW) as instance:
        instance.control.advance("10m")
        truth = instance.control.truth()
        assert (truth["problems"], truth["counts"]["problem"], truth["now"]) == (10, 10, "2026-01-05 12:10:00")


def test_time_may_pass_with_each_table_request() -> None:
    with EmbeddedInstance(Ticking(), now=NOW) as instance:
        login = (instance.username, instance.password)
        with httpx.Client(base_url=instance.url, auth=login, trust_env=False) as http:
            instance.control.pass_time_per_request(60)
            counts = [len(http.get("/api/now/table/problem").json()["result"]) for _ in range(4)]
            assert counts == [0, 1, 2, 3]
            instance.control.pass_time_per_request(0)
            http.get("/api/now/table/problem")
            assert instance.control.now() == NOW + timedelta(minutes=4)


def test_time_passes_once_for_each_of_many_requests_at_once() -> None:
    with EmbeddedInstance(Ticking(), now=NOW, per_request_seconds=60.0) as instance:
        login = (instance.username, instance.password)

        def ask(_: int) -> int:
            url = f"{instance.url}/api/now/table/problem"
            return httpx.get(url, auth=login, trust_env=False).status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(ask, range(40))) == {200}
        assert instance.control.now() == NOW + timedelta(minutes=40)
        assert instance.control.truth()["problems"] == 40


def test_worlds_can_offer_operations() -> None:
    with EmbeddedInstance(Ticking(), now=NOW) as instance:
        assert instance.control.mutate({"op": "greet", "name": "Ann"}) == ["hello Ann"]


def test_changes_go_by_query_and_any_number_of_rows_fits_into_one_second(desk: Desk) -> None:
    desk.instance.control.mutate({"op": "insert", "table": "problem", "rows": [{} for _ in range(1200)]})
    desk.instance.control.advance(1)
    change = {"op": "update", "table": "problem", "query": "state=1", "values": {"state": "102"}}
    assert len(desk.instance.control.mutate(change)[0]) == 1200
    assert desk.count("sys_updated_on=2026-01-05 12:00:01", "problem") == 1200


def test_a_list_of_changes_is_made_whole_or_not_at_all(desk: Desk) -> None:
    good = {"op": "update", "table": "incident", "sys_id": desk.ids["INC1"], "values": {"state": "7"}}
    with pytest.raises(ControlError, match="no row 'none'"):
        desk.instance.control.mutate(good, {"op": "delete", "table": "incident", "sys_id": "none"})
    assert desk.numbers("state=1") == ["INC1"]


@pytest.mark.parametrize(
    ("operation", "complaint"),
    [
        ({"op": "dance"}, "no operation 'dance'"),
        ({"op": "insert", "table": "u_nothing"}, "no table 'u_nothing'"),
        ({"op": "insert", "table": "incident", "values": {"bogus": "1"}}, "no column bogus"),
        ({"op": "insert", "table": "incident", "values": {"state": 1}}, "state is not"),
        ({"op": "delete", "table": "incident", "query": "bogus=1"}, "bogus=1"),
        ({"op": "delete", "table": "incident"}, "needs sys_id"),
        ({"op": "undelete", "table": "incident", "sys_id": "x"}, "no row 'x' was deleted"),
        ({"op": "add_column", "table": "incident", "column": {"name": "state"}}, "already"),
        ({"op": "add_column", "table": "incident", "column": {"name": "u_x", "type": "blob"}}, "no field type 'blob'"),
        ({"op": "remove_column", "table": "incident", "column": "state"}, "no column 'state' of its own"),
        ({"op": "remove_column", "table": "task", "column": "number"}, "cannot remove column number"),
        ({"op": "rename_column", "table": "task", "column": "state", "to": "priority"}, "already"),
        ({"op": "retype_column", "table": "incident", "column": "caused_by", "type": "blob"}, "no field type 'blob'"),
    ],
)
def test_a_change_that_cannot_be_is_explained(desk: Desk, operation: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ControlError, match=complaint):
        desk.instance.control.mutate(operation)


def test_a_new_column_is_in_dictionary_and_rows_of_the_whole_family(desk: Desk) -> None:
    column = {"name": "u_region", "type": "reference", "reference": "cmn_location", "label": "Region"}
    desk.instance.control.mutate({"op": "add_column", "table": "task", "column": column})
    row = desk.rows("sys_dictionary", "element=u_region", exclude_reference_link="true")[0]
    assert (row["name"], row["internal_type"], row["reference"], row["column_label"]) == (
        "task", "reference", "cmn_location", "Region",
    )  # fmt: skip
    place = desk.add("place", "cmn_location", name="Bern")
    desk.instance.platform.update("incident", desk.ids["INC1"], {"u_region": place})
    assert desk.rows("incident", "u_region.name=Bern", fields="u_region.name") == [{"u_region.name": "Bern"}]


def test_a_choice_can_be_added_and_renamed(desk: Desk) -> None:
    choice = {"name": "incident", "element": "state", "value": "9", "label": "Parked"}
    desk.add("parked", "incident", number="PARKED", state="9")
    for label in ("Parked", "Shelved"):
        desk.instance.control.mutate({"op": "choice", "values": {**choice, "label": label}})
        shown = desk.rows("incident", "number=PARKED", fields="state", display_value="true")
        assert shown == [{"state": label}]


def test_the_truth_has_all_rows_of_a_table_raw(desk: Desk) -> None:
    rows = {row["number"]: row for row in desk.instance.control.rows("incident")}
    assert set(rows) == {"INC1", "INC2", "INC3", "INC4"}
    assert rows["INC1"]["caller_id"] == desk.ids["ann"]
    assert list(desk.instance.control.rows("problem")) == []
    with pytest.raises(ControlError, match="u_nothing"):
        next(desk.instance.control.rows("u_nothing"))


def test_the_log_says_what_was_asked(desk: Desk) -> None:
    desk.instance.control.clear_requests()
    desk.get("table/incident", query="state=1^ORDERBYsys_id", fields="number")
    desk.get("table/u_nothing")
    first, second = desk.instance.control.requests()
    assert first == {
        "method": "GET",
        "path": "/api/now/table/incident",
        "parameters": {"sysparm_query": "state=1^ORDERBYsys_id", "sysparm_fields": "number"},
        "status": 200,
        "rows": 1,
        "bytes": len('{"result":[{"number":"INC1"}]}'),
        "at": "2026-01-05 12:00:00",
    }
    assert second["status"] == 400


@pytest.mark.parametrize("change", [{"password": "x"}, {"stable_ties": "yes"}, {"time_zone": "Mars/Base"}])
def test_settings_that_cannot_be(desk: Desk, change: dict[str, Any]) -> None:
    with pytest.raises(ControlError, match="400"):
        desk.instance.control.settings(**change)


def test_control_is_for_the_loopback_interface() -> None:
    application = Application(now=NOW)
    assert application.handle(Request("GET", "/_control/clock", peer="127.0.0.1")).status == 200
    assert application.handle(Request("GET", "/_control/clock", peer="192.0.2.7")).status == 403
    assert application.handle(Request("GET", "/_control/nothing")).status == 404


def test_a_column_is_renamed_retyped_and_removed_in_dictionary_and_rows(desk: Desk) -> None:
    mutate, key = desk.instance.control.mutate, desk.ids["INC1"]

    def entries(name: str) -> list[tuple[str, str]]:
        found = desk.rows("sys_dictionary", f"element={name}", exclude_reference_link="true")
        return [(row["column_label"], row["internal_type"]) for row in found]

    mutate({"op": "add_column", "table": "incident", "column": {"name": "u_old", "label": "Score"}})
    mutate({"op": "update", "table": "incident", "sys_id": key, "values": {"u_old": "7"}})
    before = desk.rows("incident", f"sys_id={key}", fields="sys_updated_on")
    mutate({"op": "rename_column", "table": "incident", "column": "u_old", "to": "u_new"})
    assert desk.rows("incident", f"sys_id={key}", fields="u_old,u_new,sys_updated_on") == [{"u_new": "7"} | before[0]]
    assert entries("u_old") == [] and entries("u_new") == [("Score", "string")]
    mutate({"op": "retype_column", "table": "incident", "column": "u_new", "type": "integer"})
    assert desk.rows("incident", f"sys_id={key}", fields="u_new") == [{"u_new": "7"}]
    assert entries("u_new") == [("Score", "integer")]
    mutate({"op": "remove_column", "table": "incident", "column": "u_new"})
    assert desk.rows("incident", f"sys_id={key}", fields="u_new") == [{}] and entries("u_new") == []
