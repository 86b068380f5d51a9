"""Seeded random changes of the tickets of `random_tickets`, as their audit would have them.

Each ticket's group goes from one to the next, now and then to none, to one that is gone, to another of
the same name, or twice in one second and even under one update number.
"""

import random
from datetime import timedelta
from typing import Any

from tests.transform import random_tickets
from tests.transform.hand_made import NOW
from tests.transform.warehouse import Row

GROUPS = (*random_tickets.GROUPS, "deleted", None, None)
STATES = ("1", "2", "6", "7", "8", "42", None)
DICTIONARY: list[Row] = [
    {
        "instance": "mixed",
        "sys_id": "x1",
        "name": "task",
        "element": "assignment_group",
        "internal_type": "reference",
        "reference": "sys_user_group",
    },
    {"instance": "mixed", "sys_id": "x2", "name": "task", "element": "priority", "internal_type": "integer"},
]
CHOICES: list[Row] = [
    {"instance": "mixed", "sys_id": "h1", "name": "task", "element": "priority", "value": "1", "label": "1 - Critical"},
    {"instance": "mixed", "sys_id": "h2", "name": "task", "element": "priority", "value": "2", "label": "2 - High"},
]
TABLES: list[Row] = [
    {"instance": "mixed", "sys_id": "t1", "name": "task"},
    {"instance": "mixed", "sys_id": "t2", "name": "incident", "super_class": "t1"},
]


def audit(seed: int = 2) -> list[dict[str, Any]]:
    """Rows of raw sys_audit in no useful order; `order` says which came first within a ticket and field."""
    chance = random.Random(seed)
    rows = [row for ticket in random_tickets.incidents() for row in _changes(chance, ticket)]
    rows += [{**rows[0], "documentkey": "gone"}, {**rows[0], "fieldname": "DELETED", "record_checkpoint": -1}]
    chance.shuffle(rows)
    # Within one second and update number the audit's own ids are all there is to go by.
    for place, row in enumerate(sorted(rows, key=lambda row: (row["documentkey"], row["fieldname"], row["order"]))):
        row["sys_id"] = f"a{place:06}"
    return rows


def _changes(chance: random.Random, ticket: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    moment = ticket["opened_at"] or NOW - timedelta(days=chance.randrange(90))
    group, priority, state, update = chance.choice(GROUPS), "3", chance.choice(STATES), 0
    for order in range(chance.choice([0, 0, 1, 2, 4, 8])):
        moment += timedelta(seconds=chance.choice([0, 1, 40, 900, 4000, 90_000]))
        update += chance.choice([0, 1, 1, 1])
        group, before = chance.choice([other for other in GROUPS if other != group]), group
        rows.append(_row(ticket, "assignment_group", before, group, moment, update, order))
        if chance.random() < 0.3:
            priority, former = chance.choice([code for code in "1234" if code != priority]), priority
            rows.append(_row(ticket, "priority", former, priority, moment, update, order))
        if chance.random() < 0.7:
            state, earlier = chance.choice([code for code in STATES if code != state]), state
            rows.append(_row(ticket, "state", earlier, state, moment, update, order))
    return rows


def _row(
    ticket: dict[str, Any], field: str, old: str | None, new: str | None, moment: Any, update: int, order: int
) -> dict[str, Any]:
    return {
        "instance": "mixed",
        "tablename": "incident",
        "documentkey": ticket["sys_id"],
        "fieldname": field,
        "oldvalue": old,
        "newvalue": new,
        "user": "ann",
        "record_checkpoint": update,
        "sys_created_on": moment,
        "order": order,
    }


def raw_audit() -> list[Row]:
    """The same rows with the columns of sys_audit alone."""
    return [{name: value for name, value in row.items() if name != "order"} for row in audit()]
