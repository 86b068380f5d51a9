"""The benchmarks' instance that repeats its incidents answers as the embedded one would that held them all."""

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from benchmarks.repeating import RepeatingIncidents
from benchmarks.world import NOW, IncidentWorld
from ingestion.instance import EmbeddedInstance, InstanceOptions
from ingestion.instance.application import Application
from ingestion.instance.server import InstanceServer

BASE, ROWS = 130, 1_000
LOGIN = (InstanceOptions().username, InstanceOptions().password)
RAW = {"sysparm_exclude_reference_link": "true", "sysparm_suppress_pagination_header": "true"}
#: A condition that some base rows meet, and one that all do.
SOME = "sys_updated_on>=2025-09-01 00:00:00^ORactive=true^sys_updated_on<=2026-01-05 08:00:00"
ALL = "sys_updated_on>=2024-12-01 00:00:00^ORactive=true"


#: One client for all: making one costs more than a request.
HTTP = httpx.Client(trust_env=False)


def get(url: str, path: str, **parameters: str) -> httpx.Response:
    return HTTP.get(f"{url}/api/now/{path}", params=parameters, auth=LOGIN)


def rows(url: str, **parameters: str) -> list[dict[str, str]]:
    answer = get(url, "table/incident", **RAW, **parameters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, str]] = answer.json()["result"]
    return found


@pytest.fixture(scope="module")
def repeating() -> Iterator[str]:
    """The address of an instance of 130 incidents that shows 1,000."""
    application = Application(IncidentWorld(BASE), NOW)
    server = InstanceServer(RepeatingIncidents(application, ROWS).handle)
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()
    application.store.close()


@pytest.fixture(scope="module")
def holding(repeating: str) -> Iterator[str]:
    """The address of an embedded instance that holds the very rows the repeating one shows."""
    with EmbeddedInstance(IncidentWorld(1), now=NOW) as instance:
        shown = rows(repeating, sysparm_query="ORDERBYsys_id")
        columns = instance.store.schema.columns("incident")
        for row in list(instance.store.rows("incident")):
            instance.store.delete("incident", row["sys_id"])
        instance.store.insert("incident", [{name: row[name] for name in row if name in columns} for row in shown])
        yield instance.url


def test_it_shows_as_many_different_rows_as_asked_for(repeating: str) -> None:
    shown = rows(repeating, sysparm_query="ORDERBYsys_id")
    assert len({row["sys_id"] for row in shown}) == len({row["number"] for row in shown}) == ROWS
    assert len({row["opened_at"] for row in shown}) == BASE
    assert all(one["sys_id"] < other["sys_id"] for one, other in itertools.pairwise(shown))
    assert {row["sys_id"][0] for row in shown} == set("0123456789abcdef")


@pytest.mark.parametrize("condition", ["", SOME, ALL])
@pytest.mark.parametrize("keys", ["", "sys_id>3", "sys_id>3^sys_id<=b", "sys_id<4", "sys_id>=f", "sys_id>g"])
def test_pages_totals_and_counts_are_those_of_an_instance_with_these_rows(
    repeating: str, holding: str, condition: str, keys: str
) -> None:
    query = "^".join(part for part in (condition, keys) if part)
    for asked in (
        {"sysparm_limit": "70", "sysparm_fields": "sys_id,number,short_description,cmdb_ci,sys_updated_on"},
        {"sysparm_limit": "3", "sysparm_offset": "2"},
        {"sysparm_limit": "5", "sysparm_fields": "state,active", "sysparm_no_count": "true"},
    ):
        for order in ("ORDERBYsys_id", "ORDERBYDESCsys_id"):
            wanted = {**RAW, **asked, "sysparm_query": f"{query}^{order}" if query else order}
            one, other = (get(url, "table/incident", **wanted) for url in (repeating, holding))
            assert one.json() == other.json()
            assert one.headers.get("x-total-count") == other.headers.get("x-total-count")
    counted = {"sysparm_query": query, "sysparm_count": "true"}
    assert get(repeating, "stats/incident", **counted).json() == get(holding, "stats/incident", **counted).json()


def test_rows_are_found_by_id(repeating: str, holding: str) -> None:
    chosen = rows(repeating, sysparm_query="ORDERBYsys_id", sysparm_fields="sys_id,sys_updated_on")[7:400:90]
    keys = ",".join(row["sys_id"] for row in chosen)
    for query in (
        f"sys_idIN{keys},nobody^ORDERBYsys_id",
        f"sys_id={chosen[0]['sys_id']}^sys_updated_on={chosen[0]['sys_updated_on']}",
        f"sys_id={chosen[0]['sys_id']}^sys_updated_on=2001-01-01 00:00:00",
    ):
        assert rows(repeating, sysparm_query=query) == rows(holding, sysparm_query=query)


@pytest.mark.parametrize(
    "asked",
    [
        {"sysparm_query": "ORDERBYnumber"},
        {"sysparm_query": "number=INC0000001^ORDERBYsys_id"},
        {"sysparm_query": "sys_id=1^ORactive=true^ORDERBYsys_id"},
        {"sysparm_query": "sys_idLIKEa^ORDERBYsys_id"},
        {"sysparm_query": "active=true^NQactive=false^ORDERBYsys_id"},
        {"sysparm_query": "ORDERBYsys_id", "sysparm_display_value": "all"},
    ],
)
def test_what_it_cannot_answer_rightly_it_refuses(repeating: str, asked: dict[str, Any]) -> None:
    answer = get(repeating, "table/incident", **RAW, **asked)
    assert answer.status_code == 400 and "does not serve" in answer.text


def test_all_else_is_the_instances_own_affair(repeating: str, holding: str) -> None:
    assert HTTP.get(f"{repeating}/api/now/table/incident").status_code == 401
    answers = [get(url, "table/sys_dictionary", **RAW, sysparm_query="ORDERBYsys_id") for url in (repeating, holding)]
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers["date"] == answers[1].headers["date"]
