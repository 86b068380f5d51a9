"""Seeded random tickets of an instance `mixed`, with everything that real ones lack or get wrong."""

import random
from datetime import datetime, timedelta
from typing import Any

from tests.transform import random_landscape
from tests.transform.hand_made import HISTORY_START, NOW, RETENTION_START
from tests.transform.warehouse import Row, instance_settings

NOISE_CODES = ("Duplicate", "No resolution provided")
SETTINGS = instance_settings(
    "mixed",
    now=NOW,
    history_start=HISTORY_START,
    retention_start=RETENTION_START,
    state_resolved=[6],
    state_closed=[7, 17],
    state_cancelled=[8],
    noise_code=NOISE_CODES,
)
GROUPS = {"a1": "Alpha", "a2": "Alpha", "b": "Beta", "blank": " "}


def groups() -> list[Row]:
    return [{"instance": "mixed", "sys_id": sys_id, "name": name} for sys_id, name in GROUPS.items()]


def incidents(count: int = 400, seed: int = 1) -> list[dict[str, Any]]:
    """`count` rows of raw incident."""
    chance = random.Random(seed)
    return [_incident(chance, number) for number in range(count)]


def _incident(chance: random.Random, number: int) -> dict[str, Any]:
    opened = NOW - timedelta(seconds=chance.randrange(430 * 86400))
    resolved = opened + timedelta(seconds=int(chance.lognormvariate(10, 2)))
    if resolved > NOW:
        resolved_at, state = None, chance.choice([1, 2, 3, 42, None])
    else:
        resolved_at, state = resolved, chance.choice([6, 7, 7, 7, 17, 8, 2])
    oddity = chance.random()
    return {
        "instance": "mixed",
        "sys_id": f"m{number:04}",
        "state": state,
        "opened_at": None if oddity < 0.02 else opened,
        "resolved_at": _odd_end(oddity, opened, resolved_at),
        "closed_at": resolved + timedelta(days=chance.randrange(6)) if state in (7, 17) else None,
        "sys_updated_on": min(resolved, NOW),
        "priority": chance.choice([1, 2, 3, 3, 3, 4, None]),
        "category": chance.choice(["hardware", "Hardware", "network", None, " "]),
        "contact_type": chance.choice(["phone", "email", None]),
        "assignment_group": chance.choice([*GROUPS, "deleted", None]),
        "assigned_to": chance.choice(["u1", None]),
        "close_code": chance.choice(["DUPLICATE", "Fixed", "no resolution provided", None]),
        "reassignment_count": chance.choice([0, 0, 0, 1, 2, 3, 5, None]),
        "reopen_count": chance.choice([0, 0, 0, 1, None]),
        "made_sla": chance.choice([True, True, False, None]),
        "cmdb_ci": chance.choice(["ci1", "ci2", "gone", None, None, None]),
        "business_service": chance.choice(["sv1", "sv2", None, None, None]),
        "short_description": chance.choice(list(random_landscape.TITLES)),
        "caused_by": chance.choice(["chg001", "chg002", "chg003", "gone", *[None] * 16]),
        "parent_incident": chance.choice([f"m{number - number % 8 + chance.randrange(8):04}", "gone", None, None]),
        "rfc": chance.choice(["chg001", "chg004", "gone", *[None] * 17]),
    }


def _odd_end(oddity: float, opened: datetime, resolved_at: datetime | None) -> datetime | None:
    """Now and then an end that is missing, before its start, or ahead of now."""
    if 0.02 <= oddity < 0.05:
        return None
    if 0.05 <= oddity < 0.08:
        return opened - timedelta(minutes=1)
    if 0.08 <= oddity < 0.10:
        return NOW + timedelta(days=2)
    return resolved_at
