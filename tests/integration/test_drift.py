"""The dictionary changes under a running sync: columns come, go, get other names and types, and no value is lost."""

import logging
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import SourceError
from ingestion.instance import EmbeddedInstance
from ingestion.phases import watching
from ingestion.pipeline import sync_instance
from tests.integration.lake import NOW, Lake, differences, empty_lake
from tests.integration.test_cycle import insert, update

OLD = NOW - timedelta(days=3 * 365)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with empty_lake(tmp_path / "data") as lake:
        yield lake


def add_column(lake: Lake, name: str, kind: str = "string", table: str = "incident", **more: str) -> None:
    column = {"name": name, "type": kind, **more}
    lake.servicenow.control.mutate({"op": "add_column", "table": table, "column": column})


def silently(lake: Lake, table: str, values: dict[str, dict[str, str]]) -> None:
    """Give rows values by sys_id as a script does: `sys_updated_on` stays where it is."""
    lake.servicenow.control.mutate(
        *(
            {"op": "update", "table": table, "sys_id": key, "values": row, "touch": False, "audit": False}
            for key, row in values.items()
        )
    )


def changes(lake: Lake, table: str = "incident") -> list[tuple[Any, ...]]:
    return lake.query(
        'SELECT column_name, change, "old", "new" FROM ticketlake.schema_changes WHERE table_name = ?'
        " ORDER BY detected_at, column_name",
        table,
    )


def raw(lake: Lake, column: str, table: str = "incident") -> dict[str, Any]:
    return dict(lake.query(f'SELECT sys_id, "{column}" FROM raw_servicenow.{table}'))


def status(lake: Lake, column: str, table: str = "incident") -> str:
    sql = "SELECT status FROM ticketlake.coverage WHERE table_name = ? AND column_name = ?"
    ((found,),) = lake.query(sql, table, column)
    return str(found)


def asked_fields(lake: Lake, table: str = "incident") -> set[str]:
    return {
        request["parameters"]["sysparm_fields"]
        for request in lake.servicenow.control.requests()
        if request["path"].endswith(f"/table/{table}")
    }


def later(lake: Lake) -> None:
    """Two hours on: what was written before is outside the next delta."""
    lake.at(lake.servicenow.control.advance("2h"))


def test_a_new_column_is_read_for_the_rows_held_and_nothing_else_is(lake: Lake) -> None:
    ids = insert(lake, "incident", *({"number": f"INC{number}"} for number in range(30)))
    (old,) = insert(lake, "incident", {"number": "INC99", "active": "false"}, at=OLD)
    insert(lake, "incident_task", {"incident": old, "parent": old})
    lake.sync()
    assert raw(lake, "number").keys() == {*ids, old}, "one row lies outside the window"
    assert changes(lake) == []
    before = lake.load_ids()
    add_column(lake, "u_score", "integer")
    silently(lake, "incident", {key: {"u_score": str(number)} for number, key in enumerate([*ids, old])})
    later(lake)
    lake.servicenow.control.clear_requests()
    row = lake.sync()["incident"]
    assert raw(lake, "u_score") == {key: number for number, key in enumerate([*ids, old])}
    assert changes(lake) == [("u_score", "added", None, "integer")] and status(lake, "u_score") == "synced"
    assert (row.inserted, row.updated) == (0, 0) and lake.load_ids()["incident"] == before["incident"]
    assert "sys_id,u_score" in asked_fields(lake)
    assert differences(lake, "incident") == []
    lake.servicenow.control.clear_requests()
    lake.sync()
    assert len(changes(lake)) == 1 and "sys_id,u_score" not in asked_fields(lake)


@pytest.mark.proof
def test_a_column_of_the_root_reaches_every_class(lake: Lake) -> None:
    insert(lake, "incident", {"number": "INC1"})
    insert(lake, "problem", {"number": "PRB1"})
    lake.sync()
    add_column(lake, "u_due", "glide_date_time", table="task")
    for table in ("incident", "problem"):
        silently(lake, table, {key: {"u_due": "2026-02-03 04:05:06"} for key in lake.ids(table)})
    later(lake)
    lake.sync()
    for table in ("incident", "problem", "task"):
        assert changes(lake, table) == [("u_due", "added", None, "glide_date_time")]
        assert differences(lake, table) == []


def killed_at(lake: Lake, name: str) -> None:
    """A cycle in a process of its own that is killed as a phase begins."""
    child = os.fork()
    if not child:
        try:
            with watching(lambda passed: os.kill(os.getpid(), signal.SIGKILL) if passed == name else None):
                lake.attempt()
        finally:
            os._exit(1)
    _, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL


@pytest.mark.proof
def test_a_cycle_that_is_killed_before_the_record_reads_the_column_again(lake: Lake) -> None:
    (key,) = insert(lake, "incident", {"number": "INC1"})
    lake.sync()
    add_column(lake, "u_text")
    silently(lake, "incident", {key: {"u_text": "kept"}})
    later(lake)
    for name in ("read columns again", "record changed columns"):
        killed_at(lake, name)
        assert raw(lake, "u_text") == {key: None} and changes(lake) == []
    lake.sync()
    assert raw(lake, "u_text") == {key: "kept"}
    assert changes(lake) == [("u_text", "added", None, "string")]


def test_a_removed_column_keeps_its_values_also_in_rows_that_change(lake: Lake) -> None:
    add_column(lake, "u_text")
    one, two = insert(lake, "incident", {"u_text": "first"}, {"u_text": "second"})
    lake.sync()
    lake.servicenow.control.mutate({"op": "remove_column", "table": "incident", "column": "u_text"})
    later(lake)
    update(lake, "incident", [one], at=lake.settings.now(), short_description="changed")
    (three,) = insert(lake, "incident", {"number": "INC3"}, at=lake.settings.now())
    row = lake.sync()["incident"]
    assert (row.inserted, row.updated) == (1, 1)
    assert raw(lake, "u_text") == {one: "first", two: "second", three: None}
    assert raw(lake, "short_description")[one] == "changed"
    assert changes(lake) == [("u_text", "removed", "string", None)] and status(lake, "u_text") == "missing"
    add_column(lake, "u_text")
    silently(lake, "incident", {one: {"u_text": "back"}})
    later(lake)
    lake.sync()
    assert raw(lake, "u_text") == {one: "back", two: None, three: None}
    assert changes(lake)[1:] == [("u_text", "added", None, "string")]


@pytest.mark.proof
def test_an_inactive_column_counts_as_removed(lake: Lake) -> None:
    add_column(lake, "u_text")
    (key,) = insert(lake, "incident", {"u_text": "first"})
    lake.sync()
    entry = next(row for row in lake.servicenow.control.rows("sys_dictionary") if row["element"] == "u_text")
    later(lake)
    update(lake, "sys_dictionary", [entry["sys_id"]], at=lake.settings.now(), active="false")
    lake.sync()
    assert changes(lake) == [("u_text", "removed", "string", None)] and raw(lake, "u_text") == {key: "first"}


def test_a_renamed_column_is_told_from_one_that_only_looks_like_it(lake: Lake) -> None:
    add_column(lake, "u_old", "integer", label="Score")
    add_column(lake, "u_other", "integer", label="Weight")
    ids = insert(lake, "incident", *({"u_old": str(number), "u_other": str(number)} for number in range(20)))
    lake.sync()
    lake.servicenow.control.mutate(
        {"op": "rename_column", "table": "incident", "column": "u_old", "to": "u_score"},
        {"op": "rename_column", "table": "incident", "column": "u_other", "to": "u_weight"},
    )
    silently(lake, "incident", {key: {"u_weight": "7"} for key in ids[:8]})
    later(lake)
    update(lake, "incident", [ids[3]], at=lake.settings.now(), u_score="1000")
    lake.sync()
    assert sorted(changes(lake)) == [
        ("u_other", "removed", "integer", None),
        ("u_score", "renamed", "u_old", "u_score"),
        ("u_weight", "added", None, "integer"),
    ]
    assert raw(lake, "u_old") == {key: number for number, key in enumerate(ids)}
    assert raw(lake, "u_score") == raw(lake, "u_old") | {ids[3]: 1000}
    assert differences(lake, "incident") == []


@pytest.mark.proof
def test_a_column_of_another_type_keeps_its_own_while_every_value_fits(lake: Lake) -> None:
    add_column(lake, "u_code", "integer")
    ids = insert(lake, "incident", *({"u_code": str(number)} for number in range(5)))
    lake.sync()
    lake.servicenow.control.mutate({"op": "retype_column", "table": "incident", "column": "u_code", "type": "string"})
    silently(lake, "incident", {ids[0]: {"u_code": "17"}})
    later(lake)
    lake.sync()
    assert changes(lake) == [("u_code", "retyped", "integer", "string")]
    assert raw(lake, "u_code") == {ids[0]: 17, **{key: number for number, key in enumerate(ids) if number}}


def test_a_column_becomes_text_where_a_value_of_the_new_type_does_not_fit(lake: Lake) -> None:
    odd = {"u_word": "A-17", "u_zeros": "007", "u_sign": "+5", "u_huge": "12345678901234567890"}
    for name in odd:
        add_column(lake, name, "integer")
    ids = insert(lake, "incident", *(dict.fromkeys(odd, str(number)) for number in range(5)))
    lake.sync()
    lake.servicenow.control.mutate(
        *({"op": "retype_column", "table": "incident", "column": name, "type": "string"} for name in odd)
    )
    silently(lake, "incident", {ids[0]: odd})
    later(lake)
    lake.sync()
    rest = {key: str(number) for number, key in enumerate(ids) if number}
    for name, value in odd.items():
        assert raw(lake, name) == {ids[0]: value, **rest}
        assert {(name, "retyped", "BIGINT", "VARCHAR"), (name, "retyped", "integer", "string")} <= set(changes(lake))
    assert len(changes(lake)) == 2 * len(odd)


ODD = {"u_count": ("integer", "12", "3.5"), "u_flag": ("boolean", "true", "perhaps"),
       "u_at": ("glide_date_time", "2026-01-02 03:04:05", "soon"),
       "u_span": ("glide_duration", "1970-01-01 00:10:00", "ten"),
       "u_day": ("glide_date", "2026-01-02", "2026"), "u_share": ("decimal", "0.50", "1,5")}  # fmt: skip


def test_values_that_do_not_fit_make_their_columns_text_and_every_value_is_kept_as_it_was_written(
    lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    for name, (kind, _, _) in ODD.items():
        add_column(lake, name, kind)
    good = {name: value for name, (_, value, _) in ODD.items()}
    bad = {name: value for name, (_, _, value) in ODD.items()}
    one, two = insert(lake, "incident", good, {"number": "INC2"})
    lake.sync()
    assert raw(lake, "u_span")[one] == 600 and raw(lake, "u_share")[one] == 0.5
    later(lake)
    update(lake, "incident", [two], at=lake.settings.now(), **bad)
    with caplog.at_level(logging.WARNING):
        row = lake.sync()["incident"]
    for name, (_, proper, odd) in ODD.items():
        assert raw(lake, name) == {one: proper, two: odd}
        assert f"incident: row {two}: {name}={odd!r} is no" in caplog.text
    assert row.updated == 1
    assert {(column, change, new) for column, change, _, new in changes(lake)} == {
        (name, "retyped", "VARCHAR") for name in ODD
    }
    # The next cycles, with dlt's state as it is in the warehouse.
    later(lake)
    update(lake, "incident", [one], at=lake.settings.now(), u_count="1e3", u_flag="")
    (three,) = insert(lake, "incident", good | {"u_span": "ages"}, at=lake.settings.now())
    row = lake.sync()["incident"]
    assert (row.inserted, row.updated) == (1, 1) and len(changes(lake)) == len(ODD)
    assert raw(lake, "u_count") == {one: "1e3", two: "3.5", three: "12"}
    assert raw(lake, "u_flag") == {one: None, two: "perhaps", three: "true"}
    assert differences(lake, "incident") == []
    before = lake.load_ids()
    lake.sync()
    assert lake.load_ids() == before


def test_a_first_load_with_an_odd_value_is_whole(lake: Lake) -> None:
    add_column(lake, "u_count", "integer")
    ids = insert(lake, "incident", *({"u_count": str(number)} for number in range(50)), {"u_count": "many"})
    assert lake.sync()["incident"].inserted == 51
    assert sorted(raw(lake, "u_count").values()) == sorted([*map(str, range(50)), "many"]) and len(ids) == 51
    assert changes(lake) == [("u_count", "retyped", "BIGINT", "VARCHAR")]


@pytest.mark.parametrize("value", ["20-11-2026 14:00:00", "2026-11-20 02:00:00 PM"])
def test_a_time_that_a_sync_goes_by_is_never_taken_as_text(lake: Lake, value: str) -> None:
    add_column(lake, "u_count", "integer")
    insert(lake, "incident", {"number": "INC1"}, {"sys_updated_on": value, "u_count": "many"})
    report = lake.attempt()
    assert report.status == "failed" and isinstance(report.error, SourceError)
    assert "sys_updated_on" in str(report.error) and value in str(report.error)
    assert changes(lake) == [] and raw(lake, "number") == {}


@pytest.mark.proof
def test_a_column_that_is_text_for_one_instance_is_text_as_written_for_the_other(lake: Lake, tmp_path: Path) -> None:
    """Raw tables are common to all instances."""
    with EmbeddedInstance(now=NOW) as servicenow:
        other = Lake(servicenow, tmp_path / "data", NOW)
        other.settings = replace(other.settings, instances={"other": replace(other.instance, name="other")})
        instance = other.settings.instances["other"]
        for each in (lake, other):
            add_column(each, "u_count", "decimal")
        (mine,), (theirs,) = (
            insert(lake, "incident", {"u_count": "1.50"}),
            insert(other, "incident", {"u_count": "2.50"}),
        )
        lake.sync()
        assert sync_instance(other.settings, instance).error is None
        update(lake, "incident", [mine], u_count="much")
        lake.sync()
        assert raw(lake, "u_count") == {mine: "much", theirs: "2.5"}
        assert sync_instance(other.settings, instance).error is None
        assert raw(lake, "u_count") == {mine: "much", theirs: "2.50"}


def test_a_changed_label_or_name_comes_with_the_next_sync(lake: Lake) -> None:
    (group,) = insert(lake, "sys_user_group", {"name": "Network"})
    (user,) = insert(lake, "sys_user", {"name": "Ada"})
    lake.sync()
    choice = next(row for row in lake.servicenow.control.rows("sys_choice") if row["element"] == "priority")
    silently(lake, "sys_choice", {choice["sys_id"]: {"label": "Blazing"}})
    later(lake)
    update(lake, "sys_user_group", [group], at=lake.settings.now(), name="Networks")
    update(lake, "sys_user", [user], at=lake.settings.now(), name="Ada L.")
    lake.sync()
    assert raw(lake, "label", "sys_choice")[choice["sys_id"]] == "Blazing"
    assert raw(lake, "name", "sys_user_group")[group] == "Networks"
    assert raw(lake, "name", "sys_user")[user] == "Ada L."


def test_a_new_column_that_is_hidden_is_marked_and_read_when_it_shows(lake: Lake) -> None:
    (key,) = insert(lake, "incident", {"number": "INC1"})
    lake.sync()
    add_column(lake, "u_text")
    silently(lake, "incident", {key: {"u_text": "secret"}})
    lake.servicenow.control.faults({"kind": "hidden_field", "table": "incident", "field": "u_text"})
    later(lake)
    lake.sync()
    assert raw(lake, "u_text") == {key: None} and status(lake, "u_text") == "hidden"
    lake.servicenow.control.clear_faults()
    later(lake)
    (other,) = insert(lake, "incident", {"u_text": "seen"}, at=lake.settings.now())
    lake.sync()
    later(lake)
    lake.sync()
    assert raw(lake, "u_text") == {key: "secret", other: "seen"} and status(lake, "u_text") == "synced"
    assert differences(lake, "incident") == []
