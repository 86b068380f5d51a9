"""Families, tasks and flapping of the tickets of instance `mixed`, worked out once more in plain Python."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.transform import random_history, random_landscape, random_tickets
from tests.transform.warehouse import query

LIVE = {row["sys_id"]: row for row in random_tickets.incidents()}
PARENTS = {key: row["parent_incident"] for key, row in LIVE.items() if row["parent_incident"] in LIVE}


def root(sys_id: str) -> str:
    """The top of the line of parents; of a loop the smallest member."""
    line = [sys_id]
    while (parent := PARENTS.get(line[-1])) is not None:
        if parent in line:
            return min(line[line.index(parent) :])
        line.append(parent)
    return line[-1]


def test_the_top_of_every_family_and_its_children(small_warehouse: Path) -> None:
    children = Counter(parent for key, parent in PARENTS.items() if parent != key)
    found = query(
        small_warehouse,
        "SELECT sys_id, root_incident_id, child_count, is_child FROM sdm.itsm WHERE instance = 'mixed'",
    )
    assert {row[0]: row[1:] for row in found} == {
        key: (root(key), children[key], row["parent_incident"] is not None) for key, row in LIVE.items()
    }
    assert any(root(key) != key and PARENTS.get(root(key)) is not None for key in LIVE), "no ticket hangs in a loop"


def test_flapping_tickets(small_warehouse: Path) -> None:
    states: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(random_history.audit(), key=lambda row: row["order"]):
        if row["fieldname"] == "state" and row["documentkey"] in LIVE:
            states[row["documentkey"]].append(row)
    ended, cancelled = {"6", "7", "17", "8"}, {"8"}
    flapping = set()
    for key, rows in states.items():
        ended_at: datetime | None = None
        for row in rows:
            was_open, is_open = row["oldvalue"] not in ended, row["newvalue"] not in ended
            if was_open and not is_open:
                ended_at = row["sys_created_on"]
            is_reopen = is_open and not was_open and row["oldvalue"] not in cancelled
            if is_reopen and ended_at and row["sys_created_on"] - ended_at <= timedelta(minutes=30):
                flapping.add(key)
    found = query(small_warehouse, "SELECT sys_id, is_flapping FROM sdm.itsm WHERE instance = 'mixed'")
    assert dict(found) == {key: key in flapping for key in LIVE}
    assert 5 < len(flapping) < len(LIVE) / 2


def test_an_instance_without_a_history_knows_no_flapping(small_warehouse: Path) -> None:
    assert query(small_warehouse, "SELECT DISTINCT is_flapping FROM sdm.itsm WHERE instance = 'beta'") == [(None,)]


def test_the_tasks_of_incidents_by_group(small_warehouse: Path) -> None:
    rolled: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for task in random_landscape.incident_tasks():
        if task["incident"] in LIVE:
            rolled[task["incident"], random_tickets.GROUPS.get(task["assignment_group"], "(none)")].append(task)
    expected = {}
    for key, tasks in rolled.items():
        closed = [task for task in tasks if task["active"] is False and task["closed_at"]]
        spans = [(task["closed_at"] - task["opened_at"]).total_seconds() / 60 for task in closed]
        known = [span for span in spans if span >= 0]
        expected[key] = (
            len(tasks),
            sum(task["active"] is not False for task in tasks),
            min(task["opened_at"] for task in tasks),
            max((task["closed_at"] for task in tasks if task["closed_at"]), default=None),
            pytest.approx(sum(known)) if known else None,
        )
    found = query(
        small_warehouse,
        "SELECT incident_id, assignment_group, task_count, open_task_count, first_opened_at, last_closed_at,"
        " total_minutes FROM sdm.incident_tasks WHERE instance = 'mixed'",
    )
    assert {row[:2]: row[2:] for row in found} == expected
    assert any(figures[0] > 1 for figures in expected.values())
