"""What the contract says of single random tickets, read once more in plain Python for the recounts."""

from collections import defaultdict
from datetime import datetime
from functools import cache
from typing import Any

from tests.transform import random_landscape, random_tickets

LANDSCAPE_NAMES = {**random_landscape.SERVICES, **random_landscape.CIS}


@cache
def _affected() -> dict[str, str]:
    """The affected item that counts, by ticket: the first one added of those that are still there."""
    rows: dict[str, list[tuple[bool, datetime, str]]] = defaultdict(list)
    for row in random_landscape.affected_cis(random_tickets.incidents()):
        rows[row["task"]].append((row["ci_item"] not in random_landscape.CIS, row["sys_created_on"], row["ci_item"]))
    return {ticket: min(found)[2] for ticket, found in rows.items()}


def resolved_ci(ticket: Any) -> tuple[str | None, str]:
    """The configuration item of a row of raw incident, and the level that knew it."""
    levels = {
        "ticket": ticket["cmdb_ci"],
        "affected_ci": _affected().get(ticket["sys_id"]),
        "service": ticket["business_service"],
        "title": random_landscape.TITLES[ticket["short_description"]],
    }
    for level, item in levels.items():
        if item:
            return item, level
    return None, "none"
