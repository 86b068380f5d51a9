"""History and paths of random changes, worked out once more ticket by ticket in plain Python."""

import math
import statistics
from collections import defaultdict
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.transform import random_history, random_tickets
from tests.transform.warehouse import query

LIVE = {row["sys_id"]: row for row in random_tickets.incidents()}


@pytest.fixture(scope="module")
def changes() -> list[dict[str, Any]]:
    """The changes of live tickets, those of a ticket in their order."""
    rows = [
        row for row in random_history.audit() if row["documentkey"] in LIVE and not row["fieldname"].startswith("DEL")
    ]
    return sorted(rows, key=lambda row: (row["documentkey"], row["order"]))


def label(field: str, value: str | None) -> str | None:
    if field == "assignment_group":
        return random_tickets.GROUPS.get(value or "")
    if field == "priority":
        return {"1": "1 - Critical", "2": "2 - High"}.get(value or "", value)
    return value


def test_every_change_of_a_live_ticket_is_in_the_history(small_warehouse: Path, changes: list[dict[str, Any]]) -> None:
    expected = sorted(
        (
            str(row["documentkey"]), row["fieldname"], str(row["oldvalue"]), str(row["newvalue"]),
            str(label(row["fieldname"], row["oldvalue"])), str(label(row["fieldname"], row["newvalue"])),
            row["sys_created_on"], "ann", "audit",
        )
        for row in changes
    )  # fmt: skip
    found = query(
        small_warehouse,
        "SELECT sys_id, field, old_value, new_value, old_label, new_label, changed_at, changed_by, source"
        " FROM sdm.itsm_history WHERE instance = 'mixed'",
    )
    assert sorted((*row[:2], *map(str, row[2:6]), *row[6:]) for row in found) == expected
    assert len(expected) > 500


def test_the_sequence_puts_the_changes_of_an_instant_in_order(
    small_warehouse: Path, changes: list[dict[str, Any]]
) -> None:
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for sys_id, field, old, new in query(
        small_warehouse,
        "SELECT sys_id, field, old_value, new_value FROM sdm.itsm_history WHERE instance = 'mixed'"
        " ORDER BY sys_id, field, changed_at, sequence",
    ):
        found[sys_id, field].append((old, new))
    expected: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in changes:
        expected[row["documentkey"], row["fieldname"]].append((row["oldvalue"], row["newvalue"]))
    assert found == expected
    repeated = pd.DataFrame(changes).duplicated(["documentkey", "fieldname", "sys_created_on", "record_checkpoint"])
    assert repeated.sum() > 20, "the changes hold no update number twice"


def moves(rows: list[dict[str, Any]], opened_at: Any) -> list[tuple[str, str, bool, float]]:
    """From, to, whether that group held the ticket before, and minutes held (NaN where the clock tells none)."""
    spells = [(rows[0]["oldvalue"], opened_at, rows[0]["sys_created_on"])]
    ends = [row["sys_created_on"] for row in rows[1:]] + [None]
    spells += [(row["newvalue"], row["sys_created_on"], end) for row, end in zip(rows, ends, strict=True)]
    named = [
        ((random_tickets.GROUPS.get(group, "").strip() or group), start, end) for group, start, end in spells if group
    ]
    stays = [(name, list(visits)) for name, visits in groupby(named, key=lambda spell: spell[0])]
    found, former = [], set()
    for (name, visits), (following, _) in pairwise(stays):
        former.add(name)
        start, end = visits[0][1], visits[-1][2]
        held = (end - start).total_seconds() / 60 if start is not None and start <= end else math.nan
        found.append((name, following, following in former, held))
    return found


def test_the_paths_and_how_long_groups_held_tickets(small_warehouse: Path, changes: list[dict[str, Any]]) -> None:
    paths: dict[tuple[str, str], list[tuple[str, bool, float]]] = defaultdict(list)
    of_group = [row for row in changes if row["fieldname"] == "assignment_group"]
    for sys_id, rows in groupby(of_group, key=lambda row: row["documentkey"]):
        for start, end, is_return, held in moves(list(rows), LIVE[sys_id]["opened_at"]):
            paths[start, end].append((sys_id, is_return, held))
    expected = {}
    for path, taken in paths.items():
        known = [held for _, _, held in taken if not math.isnan(held)]
        expected[path] = (
            len(taken),
            len({sys_id for sys_id, _, _ in taken}),
            len({sys_id for sys_id, is_return, _ in taken if is_return}),
            pytest.approx(statistics.median(known)) if known else None,
        )
    found = query(
        small_warehouse,
        "SELECT from_group, to_group, moves, tickets, ping_pong_tickets, median_minutes_held"
        " FROM metrics.reassignment_paths WHERE instance = 'mixed'",
    )
    assert {row[:2]: row[2:] for row in found} == expected
    assert ("Alpha", "Beta") in expected and ("Alpha", "Alpha") not in expected
