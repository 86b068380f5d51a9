"""Each fault of the embedded instance alone, through the whole extraction: an exact end, or a clear failure.

Exact is what `truth.shortcomings` says. A failure is clear where the error names the table, the request
and the way out; no cursor has moved then, and the sync after the fault is exact again.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import CredentialsRefused, HibernatingError, Postponed, SourceError, TableRefused, TransientError
from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.pipeline import Comparing
from ingestion.settings import Credentials
from tests.integration.lake import NOW, Lake
from tests.integration.truth import cursors, passed_over, shortcomings

#: What is required, and enough beside it for windows, references, a hierarchy, deletes and an optional table.
TABLES = (
    "sys_db_object", "sys_dictionary", "sys_choice", "sys_user", "sys_user_group", "cmdb_ci",
    "incident", "problem", "task", "task_sla", "sys_audit_delete",
)  # fmt: skip
OPTIONS: Mapping[str, Any] = {
    "tables": TABLES, "page_size": 60, "max_attempts": 4, "timeout_seconds": 5.0, "backoff_seconds": 0.01,
}  # fmt: skip
Open = Callable[..., Lake]
Fault = dict[str, Any]


@contextmanager
def company_lake(directory: Path, **options: Any) -> Iterator[Lake]:
    """A lake beside a small company, the same one each time, with nothing held."""
    with EmbeddedInstance(Company(incidents=150, days=30, seed=5), now=NOW) as servicenow:
        yield Lake(servicenow, directory, **{**OPTIONS, **options})


def core(cases: Iterable[Any], *quick: Any) -> list[Any]:
    """The cases as parameters; all but those named here are left to the proofs."""
    return [pytest.param(case, marks=() if case in quick else pytest.mark.proof) for case in cases]


@pytest.fixture(scope="module")
def synced_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a lake after its first sync."""
    directory = tmp_path_factory.mktemp("synced") / "data"
    with company_lake(directory) as lake:
        lake.sync()
        assert shortcomings(lake) == []
    return directory


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """Nothing is held yet: a first sync asks the most."""
    with company_lake(tmp_path / "data") as lake:
        yield lake


@pytest.fixture
def held(tmp_path: Path, synced_directory: Path) -> Iterator[Lake]:
    """Synced once; since then two hours have passed and a hundred incidents were touched."""
    shutil.copytree(synced_directory, tmp_path / "data")
    with company_lake(tmp_path / "data") as lake:
        control = lake.servicenow.control
        control.advance("2h")
        some = sorted(lake.ids("incident") & {row["sys_id"] for row in control.rows("incident")})[:100]
        control.mutate(
            {"op": "update", "table": "incident", "sys_ids": some, "values": {"short_description": "touched"}}
        )
        yield lake


def strike(lake: Lake, *rules: Fault) -> None:
    lake.servicenow.control.faults(*rules)


def pages_asked(lake: Lake, table: str) -> list[Mapping[str, str]]:
    """The parameters of the requests for whole rows of a table, in order."""
    return [
        request["parameters"]
        for request in lake.servicenow.control.requests()
        if request["path"].endswith(f"/table/{table}")
        and "sys_created_by" in request["parameters"]["sysparm_fields"]
        and request["parameters"]["sysparm_limit"] != "1"
    ]


def assert_all_hit(lake: Lake) -> None:
    missed = [rule for rule in lake.servicenow.control.faults() if not rule["hits"]]
    assert missed == []


def assert_exact(lake: Lake) -> None:
    assert_all_hit(lake)
    assert shortcomings(lake) == []


def assert_fails_clearly(lake: Lake, kind: type[Exception], *said: str) -> None:
    """The attempt fails with an error that says all of this, no cursor moves, and the next sync is exact."""
    before = cursors(lake) if lake.settings.warehouse_path.exists() else {}
    report = lake.attempt()
    assert report.status == "failed" and isinstance(report.error, kind), report.error
    assert_all_hit(lake)
    assert [text for text in said if text not in str(report.error)] == [], report.error
    assert cursors(lake) == before
    lake.servicenow.control.clear_faults()
    lake.sync()
    assert shortcomings(lake) == []


#: Faults that pass when the request is made again; each list is one kind in its variants, on tables of their own.
PASSING: Mapping[str, list[Fault]] = {
    "rate_limit": [
        {"retry_after": 0, "table": "incident", "times": 2},
        {"retry_after": 0, "as_date": True, "table": "task", "times": 2},
        {"retry_after": 0, "html": True, "table": "sys_user", "times": 2},
        {"retry_after": -1, "rate_headers": False, "table": "problem", "times": 2},
    ],
    "server_error": [
        {"status": 500, "table": "incident", "times": 3},
        {"status": 502, "html": True, "table": "task", "times": 3},
        {"status": 503, "html": True, "table": "sys_user", "times": 3},
        {"status": 504, "table": "problem", "times": 2},
        {"status": 408, "table": "cmdb_ci", "times": 2},
    ],
    "accepted": [{"table": "incident", "times": 3}, {"table": "sys_choice", "times": 2, "after": 1}],
    "latency": [{"seconds": 0.02, "rate": 0.3}],
    "hibernating": [{"table": "incident", "times": 2}, {"table": "task", "offline": True, "status": 503, "times": 2}],
    "forbidden": [{"table": "incident", "api_level": True, "times": 2}],
    "bad_body": [
        {"form": "empty", "table": "incident", "times": 2},
        {"form": "null", "table": "task", "times": 2},
        {"form": "list", "table": "incident", "times": 2, "after": 3},
        {"form": "cut", "table": "task", "times": 2, "after": 3},
        {"form": "text", "table": "sys_user", "times": 2},
        {"form": "html", "table": "problem", "times": 2},
        {"form": "wrong_type", "table": "cmdb_ci", "times": 2},
        {"form": "error", "table": "sys_choice", "times": 2},
        {"form": "partial", "table": "task_sla", "times": 2},
        {"form": "partial_stray", "table": "sys_dictionary", "times": 2},
        {"form": "partial_broken", "table": "sys_user_group", "times": 2},
        {"form": "odd_rows", "table": "sys_db_object", "times": 2},
    ],
    "connection_reset": [
        {"table": "incident", "times": 3},
        {"table": "task", "head": False, "times": 3},
        {"table": "sys_choice", "share": 0.0, "times": 2},
    ],
    "short_body": [{"table": "incident", "times": 3}, {"table": "task", "chunked": True, "times": 3}],
    "slow_body": [{"table": "incident", "seconds": 0.1, "times": 3}],
}


@pytest.mark.parametrize("kind", core(PASSING, "rate_limit", "bad_body", "connection_reset", "short_body"))
def test_what_passes_is_asked_again_and_the_first_load_is_exact(lake: Lake, kind: str) -> None:
    strike(lake, *({"kind": kind, **options} for options in PASSING[kind]))
    lake.sync()
    assert_exact(lake)


def test_no_walk_leaves_ties_for_an_instance_to_order(lake: Lake) -> None:
    """Each order ends with the key, so ties that come in another order each time have nothing to strike at."""
    strike(lake, {"kind": "unstable_ties"})
    lake.sync()
    assert lake.servicenow.control.hits() == [0]
    assert shortcomings(lake) == []


def test_a_token_that_expires_between_pages_is_renewed(tmp_path: Path) -> None:
    credentials = Credentials("ticketlake", "ticketlake-demo", "ticketlake-client", "ticketlake-secret")
    with company_lake(tmp_path / "data", credentials=credentials) as lake:
        strike(
            lake,
            {"kind": "token_expiry", "after": 10, "times": 1},
            {"kind": "token_expiry", "refresh": True, "after": 40, "times": 1},
        )
        lake.sync()
        assert_exact(lake)


@pytest.mark.parametrize("status", core((200, 400, 500), 400))
def test_pages_that_take_too_long_shrink_and_the_size_is_remembered(lake: Lake, status: int) -> None:
    strike(lake, {"kind": "execution_time", "table": "incident", "above": 20, "status": status})
    lake.sync()
    assert_exact(lake)
    asked = [int(parameters["sysparm_limit"]) for parameters in pages_asked(lake, "incident")]
    assert asked[0] == 60 and max(asked[1:]) <= 30


def test_an_answer_that_stalls_is_given_up_and_asked_for_in_smaller_pages(tmp_path: Path) -> None:
    with company_lake(tmp_path / "data", timeout_seconds=0.5) as lake:
        strike(
            lake,
            {"kind": "stall", "table": "incident", "times": 1, "seconds": 2.0},
            {"kind": "stall", "table": "problem", "times": 1, "head": False, "seconds": 2.0},
        )
        lake.sync()
        assert_exact(lake)


def test_addresses_that_are_too_long_are_split(lake: Lake) -> None:
    for status, html in ((414, True), (400, True), (400, False)):
        lake.servicenow.control.clear_faults()
        strike(lake, {"kind": "long_url", "status": status, "html": html, "above": 1500, "table": "incident"})
        lake.sync(full=True)
        assert_exact(lake)


FAILING: Mapping[str, tuple[list[Fault], type[Exception], tuple[str, ...]]] = {
    "unauthorized": ([{"kind": "unauthorized"}], CredentialsRefused, ("401", "SERVICENOW_", "user is active")),
    "hibernating": ([{"kind": "hibernating"}], HibernatingError, ("hibernating", "GET /api/now/table/", "signing in")),
    "server_error": (
        [{"kind": "server_error", "table": "incident", "status": 503}],
        TransientError,
        ("incident", "503", "tried 4 times", "GET /api/now/table/incident sysparm_query=", "run the sync again"),
    ),
    "accepted": (
        [{"kind": "accepted", "table": "task", "api": "table"}],
        TransientError,
        ("task", "202", "GET /api/now/table/task", "run the sync again"),
    ),
    "bad_body": (
        [{"kind": "bad_body", "form": "keyless_rows", "table": "sys_user"}],
        SourceError,
        ("sys_user", "without sys_id", "grant read access"),
    ),
    "long_url": (
        [{"kind": "long_url", "table": "incident", "above": 60}],
        SourceError,
        ("incident", "too long", "414"),
    ),
    "forbidden": (
        [{"kind": "forbidden", "table": "cmdb_ci"}],
        TableRefused,
        ("cmdb_ci", "403", "grant it read access"),
    ),
    "unknown_table": ([{"kind": "unknown_table", "table": "sys_user"}], TableRefused, ("sys_user", "Invalid table")),
    "hidden_cursor": (
        [{"kind": "hidden_field", "table": "incident", "field": "sys_updated_on"}],
        SourceError,
        ("incident", "without sys_updated_on", "grant read"),
    ),
    "denied_filter": (
        [{"kind": "denied_query", "table": "incident", "field": "sys_updated_on"}],
        SourceError,
        ("incident", "ignored part of the query", "sys_updated_on", "grant query_range"),
    ),
    "denied_sort": (
        [{"kind": "denied_query", "table": "incident", "field": "sys_updated_on", "part": "sort"}],
        SourceError,
        ("incident", "ignored part of the query", "ORDERBY", "grant query_range"),
    ),
    "denied_query": (
        [{"kind": "denied_query", "table": "incident", "field": "sys_updated_on", "whole_query": True}],
        SourceError,
        ("incident", "ignored part of the query", "grant query_range"),
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_what_does_not_pass_fails_clearly_and_moves_no_cursor(held: Lake, name: str) -> None:
    rules, kind, said = FAILING[name]
    strike(held, *rules)
    assert_fails_clearly(held, kind, *said)


#: Rights that are missing already at the first sync.
MISSING_RIGHTS: Mapping[str, Fault] = {
    "hidden_cursor": {"kind": "hidden_field", "table": "incident", "field": "sys_updated_on"},
    "denied_window": {"kind": "denied_query", "table": "task", "field": "sys_updated_on", "part": "filter"},
    "denied_key": {"kind": "denied_query", "table": "sys_user", "field": "sys_id"},
    "denied_order": {"kind": "denied_query", "table": "incident", "field": "sys_id", "part": "sort"},
}


@pytest.mark.parametrize("name", MISSING_RIGHTS)
def test_a_first_load_without_the_rights_it_needs_fails_clearly(lake: Lake, name: str) -> None:
    rule = MISSING_RIGHTS[name]
    strike(lake, rule)
    assert_fails_clearly(lake, SourceError, rule["table"], rule["field"], "grant")


def test_an_optional_table_that_is_refused_is_left_out_and_its_deletes_too(held: Lake) -> None:
    """The rows that were held stay; a tombstone that speaks of them does not make the sync fail."""
    control = held.servicenow.control
    dead = sorted(held.ids("problem") & {row["sys_id"] for row in control.rows("problem")})[0]
    control.mutate({"op": "delete", "table": "problem", "sys_id": dead})
    strike(held, {"kind": "forbidden", "table": "problem"}, {"kind": "unknown_table", "table": "task_sla"})
    report = held.attempt()
    assert report.status == "succeeded", report.error
    assert [line for line in report.warnings if "problem" in line] and [
        line for line in report.warnings if "task_sla" in line
    ]
    assert_all_hit(held)
    assert dead not in held.ids("task")
    control.clear_faults()
    held.sync(comparison=Comparing())
    assert shortcomings(held) == []


def test_a_wait_above_a_quarter_of_an_hour_ends_the_table_and_the_next_sync_goes_on(tmp_path: Path) -> None:
    with company_lake(tmp_path / "data", page_size=20) as lake:
        control = lake.servicenow.control
        strike(lake, {"kind": "rate_limit", "retry_after": 1800, "table": "incident", "api": "table", "after": 8})
        report = lake.attempt()
        assert isinstance(report.error, Postponed) and "incident" in str(report.error)
        assert "1800 s" in str(report.error) and "run the sync again" in str(report.error)
        assert_all_hit(lake)
        assert "incident" not in cursors(lake) and 40 <= len(lake.ids("incident")) < 150
        control.clear_faults()
        control.clear_requests()
        lake.sync()
        assert shortcomings(lake) == []
        queries = [parameters["sysparm_query"] for parameters in pages_asked(lake, "incident")]
        assert "sys_id>" in queries[0], "it went on where it stopped"


@pytest.mark.parametrize("table", ["sys_db_object", "sys_dictionary"])
def test_a_dictionary_that_is_put_off_ends_the_sync(held: Lake, table: str) -> None:
    """Half a dictionary would read half of the columns and apply half of the deletes."""
    control = held.servicenow.control
    dead = sorted(held.ids("incident") & {row["sys_id"] for row in control.rows("incident")})[0]
    control.mutate({"op": "delete", "table": "incident", "sys_id": dead})
    strike(held, {"kind": "rate_limit", "retry_after": 1800, "table": table, "times": 1})
    assert_fails_clearly(held, Postponed, table, "1800 s", "run the sync again")


def test_an_hourly_limit_ends_the_sync_and_the_next_hours_go_on(lake: Lake) -> None:
    strike(lake, {"kind": "hourly_limit", "limit": 70})
    reports = [lake.attempt()]
    while reports[-1].status == "failed" and len(reports) < 8:
        assert isinstance(reports[-1].error, Postponed), reports[-1].error
        assert passed_over(lake) == []
        lake.servicenow.control.advance("1h")
        reports.append(lake.attempt())
    assert 1 < len(reports) < 8
    lake.servicenow.control.clear_faults()
    lake.sync()
    assert shortcomings(lake) == []


def test_a_hidden_field_keeps_what_is_held_and_the_rest_is_exact(held: Lake) -> None:
    strike(held, {"kind": "hidden_field", "table": "incident", "field": "close_notes"})
    held.sync()
    assert_all_hit(held)
    assert shortcomings(held, unseen=[("incident", "close_notes")]) == []
    status = held.query(
        "SELECT status FROM ticketlake.coverage WHERE (table_name, column_name) = ('incident', 'close_notes')"
    )
    assert status == [("hidden",)]


@pytest.mark.parametrize(
    "rules",
    [
        [{"kind": "hidden_rows", "share": 0.4, "table": "incident"}],
        [{"kind": "hidden_rows", "first": "2", "last": "d", "table": "incident"}],
        [
            {"kind": "empty_page", "table": "incident", "pages": 2},
            {"kind": "empty_page", "table": "sys_user", "after": 1},
        ],
    ],
    ids=["hidden_rows", "hidden_range", "empty_page"],
)
def test_rows_that_an_acl_hides_end_no_walk_and_come_once_they_are_shown(lake: Lake, rules: list[Fault]) -> None:
    strike(lake, *rules)
    lake.sync()
    assert_exact(lake)
    lake.servicenow.control.clear_faults()
    lake.sync(comparison=Comparing())
    assert shortcomings(lake) == []


def test_rows_that_become_hidden_are_kept(held: Lake) -> None:
    before = {table: held.ids(table) for table in ("incident", "sys_choice", "sys_user")}
    strike(
        held,
        {"kind": "hidden_rows", "share": 0.3, "table": "incident"},
        {"kind": "hidden_rows", "share": 0.1, "table": "sys_choice"},
        {"kind": "hidden_rows", "share": 0.3, "table": "sys_user"},
    )
    held.sync(comparison=Comparing())
    assert_exact(held)
    assert {table: before[table] - held.ids(table) for table in before} == {table: set() for table in before}


MOVES: Mapping[str, tuple[list[Fault], bool]] = {
    "update": ([{"move": "update", "rows": 3}], False),
    "insert": ([{"move": "insert", "rows": 2}], False),
    "delete": ([{"move": "delete"}], False),
    "delete without a trace": ([{"move": "delete", "audit": False}], True),
    "reclass": ([{"move": "reclass", "to": "problem", "times": 3}], True),
    "untouched update": ([{"move": "update", "touch": False}], True),
    "late update": ([{"kind": "late_commit", "move": "update", "rows": 2}], False),
    "late insert": ([{"kind": "late_commit", "move": "insert", "rows": 2}], False),
}


@pytest.mark.parametrize("name", core(MOVES, "update", "reclass", "late insert"))
def test_rows_that_move_while_they_are_read_are_exact_after_a_quiet_sync(lake: Lake, name: str) -> None:
    """Where nothing tells of the move, only a comparison can find it."""
    rules, silent = MOVES[name]
    common = {"kind": "movement", "table": "incident", "advance_seconds": 20.0}
    strike(lake, *({**common, **rule} for rule in rules))
    lake.sync()
    assert_all_hit(lake)
    assert name == "untouched update" or passed_over(lake) == []
    lake.servicenow.control.clear_faults()
    lake.servicenow.control.advance("1m")
    lake.sync(comparison=Comparing(content=True) if silent else None)
    assert shortcomings(lake) == []
