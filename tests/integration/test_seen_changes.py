"""An instance that does not let its audit be read: what was seen between syncs against what its audit says there."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from ingestion.servicenow.catalogue import TABLES
from tests.integration.lake import NOW, Lake, empty_lake
from tests.integration.test_cycle import insert, update
from tests.integration.test_drift import killed_at, later

Change = tuple[str, str, str | None, str | None, str, str]

FIRST = {
    "number": "INC1", "state": "1", "assignment_group": "a" * 32, "u_affected_users": "7", "u_estimated_cost": "12.5",
    "u_is_security": "false", "u_review_on": "2026-01-02", "u_first_response": "1970-01-02 03:04:05",
    "u_acknowledged_at": "2026-11-19 01:02:03", "description": "It's \"down\"",
}  # fmt: skip
SECOND = {
    "state": "2", "assignment_group": "b" * 32, "u_affected_users": "", "u_estimated_cost": "13",
    "u_is_security": "true", "u_review_on": "2026-01-03", "u_first_response": "1970-01-01 00:00:09",
    "u_acknowledged_at": "", "description": "Up again", "category": "network",
}  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with empty_lake(tmp_path / "data") as lake:
        yield lake


def refuse(lake: Lake, kind: str = "forbidden") -> None:
    lake.servicenow.control.faults({"kind": kind, "table": "sys_audit"})


def seen(lake: Lake) -> list[Change]:
    """Confirmed changes, the last first to last; none may be pending after a cycle."""
    assert lake.query("SELECT count(*) FROM ticketlake.seen_changes WHERE is_pending") == [(0,)]
    return lake.query(
        "SELECT sys_id, field, old_value, new_value, CAST(changed_at AS VARCHAR), changed_by"
        " FROM ticketlake.seen_changes ORDER BY ALL"
    )


def told(lake: Lake, *syncs: Any) -> list[Change]:
    """The net change of each field between each two of these moments, by the instance's own audit."""
    rows = sorted(
        (row for row in lake.servicenow.control.rows("sys_audit") if row["tablename"] == "incident"),
        key=lambda row: (row["documentkey"], row["fieldname"], row["sys_created_on"], int(row["record_checkpoint"])),
    )
    live = {row["sys_id"] for row in lake.servicenow.control.rows("incident")}
    times = [moment.isoformat(" ") for moment in syncs]

    def span(row: dict[str, str]) -> int:
        return sum(row["sys_created_on"] > moment for moment in times)

    last: dict[tuple[str, int], dict[str, str]] = {}
    for row in rows:
        of_span = last.setdefault((row["documentkey"], span(row)), row)
        if int(row["record_checkpoint"]) > int(of_span["record_checkpoint"]):
            last[row["documentkey"], span(row)] = row
    found: list[Change] = []
    for (key, name, part), group in groupby(rows, key=lambda row: (row["documentkey"], row["fieldname"], span(row))):
        listed = list(group)
        old, new = listed[0]["oldvalue"] or None, listed[-1]["newvalue"] or None
        if key in live and 0 < part < len(times) and old != new:
            found.append((key, name, old, new, last[key, part]["sys_created_on"], last[key, part]["user"]))
    return sorted(found, key=lambda change: tuple(map(str, change)))


def ordered(changes: list[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: tuple(map(str, change)))


@pytest.mark.parametrize(
    "how",
    [
        "forbidden",
        pytest.param("unknown_table", marks=pytest.mark.proof),
        pytest.param("not among the tables", marks=pytest.mark.proof),
    ],
)
def test_changes_between_syncs_are_those_that_the_audit_would_tell(tmp_path: Path, how: str) -> None:
    without = {"tables": tuple(name for name in TABLES if name != "sys_audit")} if how.startswith("not") else {}
    with empty_lake(tmp_path / "data", **without) as lake:
        if not without:
            refuse(lake, how)
        one, two, three = insert(lake, "incident", FIRST, {"number": "INC2"}, {"number": "INC3"})
        lake.sync()
        assert seen(lake) == [], "what tickets were opened with is no change"
        ticks = [NOW]
        for values in (SECOND, FIRST, {"state": "6"}):
            later(lake)
            at = lake.settings.now()
            update(lake, "incident", [one], at=at - timedelta(minutes=30), **values)
            update(lake, "incident", [two], at=at - timedelta(minutes=20), state="3", assignment_group="c" * 32)
            update(lake, "incident", [two], at=at - timedelta(minutes=10), state="1", priority=str(len(ticks)))
            lake.sync()
            ticks.append(at)
        found = seen(lake)
        assert ordered(found) == told(lake, *ticks)
        assert len(found) > 20 and {key for key, *_ in found} == {one, two}
        assert "end_of_extraction" not in {name for (name,) in lake.query("SELECT table_name FROM duckdb_tables()")}
        # Read again, by the overlap or whole: nothing new was seen.
        lake.sync(full=True)
        assert seen(lake) == found
        lake.servicenow.control.mutate({"op": "delete", "table": "incident", "sys_ids": [two]})
        later(lake)
        lake.sync()
        assert {key for key, *_ in seen(lake)} == {one}, "a deleted ticket takes its changes along"
        assert three in lake.ids("incident")


@pytest.mark.proof
def test_only_what_the_audit_does_not_tell_is_seen(lake: Lake) -> None:
    (key,) = insert(lake, "incident", {"number": "INC1", "state": "1"})
    lake.sync()
    for state in ("2", "3"):
        later(lake)
        update(lake, "incident", [key], at=lake.settings.now(), state=state)
        lake.sync()
    assert seen(lake) == []
    # The cycle that is the first to be refused sees its changes already.
    refuse(lake)
    later(lake)
    update(lake, "incident", [key], at=lake.settings.now(), state="6")
    lake.sync()
    assert [change[1:4] for change in seen(lake)] == [("state", "3", "6")]
    lake.servicenow.control.clear_faults()
    for state in ("2", "1"):
        later(lake)
        update(lake, "incident", [key], at=lake.settings.now(), state=state)
        lake.sync()
    states = lake.query(
        "SELECT newvalue FROM raw_servicenow.sys_audit WHERE fieldname = 'state' ORDER BY sys_created_on"
    )
    assert states == [("2",), ("3",), ("6",), ("2",), ("1",)], "the audit catches up on what it did not tell"
    assert len(seen(lake)) == 2, "the cycle that finds it readable again could not know before it asked"


def test_a_ticket_that_expires_takes_its_changes_along(lake: Lake) -> None:
    refuse(lake)
    old = NOW - timedelta(days=390)
    ended = {"number": "INC1", "state": "7", "active": "false", "closed_at": old.isoformat(" ")}
    dead, alive = insert(lake, "incident", ended, {"number": "INC2"}, at=old)
    lake.sync()
    later(lake)
    update(lake, "incident", [dead, alive], at=lake.settings.now(), close_notes="done")
    lake.sync()
    assert {key for key, *_ in seen(lake)} == {dead, alive}
    lake.at(NOW + timedelta(days=20))
    lake.sync()
    assert {key for key, *_ in seen(lake)} == {alive}


@pytest.mark.proof
@pytest.mark.parametrize("was_readable", [False, True], ids=["refused before", "refused now"])
@pytest.mark.parametrize("phase", ["normalize package", "load package", "load job", "package loaded", "expire"])
def test_a_kill_neither_loses_nor_doubles_a_change(lake: Lake, phase: str, was_readable: bool) -> None:
    if not was_readable:
        refuse(lake)
    ids = insert(lake, "incident", *({"number": f"INC{number}", "state": "1"} for number in range(20)))
    lake.sync()
    refuse(lake)
    later(lake)
    update(lake, "incident", ids, at=lake.settings.now(), state="2")
    killed_at(lake, phase)
    # Until the next sync gets through, some tickets change once more.
    later(lake)
    update(lake, "incident", ids[:5], at=lake.settings.now(), state="3")
    lake.sync()
    chains: dict[str, list[tuple[str | None, str | None]]] = {key: [] for key in ids}
    for key, field, old, new, *_ in sorted(seen(lake), key=lambda change: change[4]):
        assert field == "state"
        chains[key].append((old, new))
    whole = [[("1", "2"), ("2", "3")], [("1", "3")]]
    assert all(chains[key] in whole for key in ids[:5]) and all(chains[key] == [("1", "2")] for key in ids[5:])
    before = seen(lake)
    lake.sync()
    assert seen(lake) == before
