"""What the random tickets of instance `mixed` are about: configuration items, services, changes and outages."""

import random
from datetime import timedelta
from typing import Any

from tests.transform.hand_made import HISTORY_START, NOW
from tests.transform.warehouse import Row

CIS = {"ci1": "web-01", "ci2": "WEB-02", "ci3": "Order Entry", "ci4": "twin", "ci5": "Twin", "sv1": "Payroll"}
SERVICES = {"sv1": "Payroll", "sv2": "Mail"}
#: What people write, and the items that a reader would find in it.
TITLES: dict[str | None, str | None] = {
    "Disk full on WEB-01.corp.example:/var": "ci1",
    "web-02 (behind web-012) is down": "ci2",
    "order entry: page hangs": "ci3",
    "Order of an entry": None,
    "web-01 answers, Order Entry does not": "ci3",
    "Twin unreachable": None,
    "payroll is wrong again": "sv1",
    "Something is odd": None,
    " ": None,
    None: None,
}
GROUPS = ("a1", "a2", "b", None)


def _row(**values: object) -> Row:
    return {"instance": "mixed", **values}


def cis() -> list[Row]:
    return [_row(sys_id=sys_id, name=name, sys_class_name="cmdb_ci_server") for sys_id, name in CIS.items()]


def services() -> list[Row]:
    return [_row(sys_id=sys_id, name=name) for sys_id, name in SERVICES.items()]


def affected_cis(tickets: list[dict[str, Any]], seed: int = 4) -> list[dict[str, Any]]:
    """Rows of task_ci for some tickets, some of them naming items that are gone."""
    chance = random.Random(seed)
    rows = []
    for ticket in tickets:
        for place in range(chance.choice([0, 0, 0, 1, 2])):
            item = chance.choice([*CIS, "gone"])
            added = NOW - timedelta(seconds=chance.randrange(10_000_000))
            rows.append(_row(sys_id=f"{ticket['sys_id']}-{place}", task=ticket["sys_id"], ci_item=item,
                             sys_created_on=added))  # fmt: skip
    return [dict(row) for row in rows]


def changes(count: int = 150, seed: int = 5) -> list[dict[str, Any]]:
    """Rows of raw change_request: planned, done, failed, cancelled, and with gaps."""
    chance = random.Random(seed)
    length = int((NOW - HISTORY_START).total_seconds())
    return [_change(chance, number, length) for number in range(count)]


def _change(chance: random.Random, number: int, length: int) -> dict[str, Any]:
    start = HISTORY_START + timedelta(seconds=chance.randrange(length))
    end = start + timedelta(minutes=chance.randrange(1, 600))
    state = chance.choice([3, 3, 3, 3, 4, -1, 0, None])
    closed = end + timedelta(hours=chance.randrange(50))
    is_closed = state in (3, 4)
    return dict(_row(
        sys_id=f"chg{number:03}", number=f"CHG{number:03}", state=state,
        active=chance.choice([True, None]) if not is_closed else False,
        type=chance.choice(["normal", "standard", None]), assignment_group=chance.choice(GROUPS),
        cmdb_ci=chance.choice([*CIS, "gone", None]), business_service=chance.choice([*SERVICES, None]),
        start_date=chance.choice([start, start, None]), end_date=chance.choice([end, end, None]),
        work_end=chance.choice([end + timedelta(minutes=30), None]) if state in (3, 0) else None,
        closed_at=chance.choice([closed, closed, closed, None]) if is_closed else None,
        close_code=chance.choice(["successful", "Unsuccessful", None]) if state == 3 else None,
    ))  # fmt: skip


def change_tasks(seed: int = 6) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [
        dict(_row(sys_id=f"ct{number}", change_request=f"chg{chance.randrange(150):03}",
                  active=chance.choice([True, False, None])))
        for number in range(200)
    ]  # fmt: skip


def outages(seed: int = 7) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [
        dict(_row(
            sys_id=f"out{number}", type=chance.choice(["outage", "planned", "degradation", "u_other", None]),
            cmdb_ci=chance.choice([*CIS, "sv2", None]), begin=NOW - timedelta(hours=number),
            end=chance.choice([NOW, None]), short_description=f"Outage {number}",
            task_number=chance.choice(["chg001", "chg002", "m0001", "gone", None]),
        ))
        for number in range(40)
    ]  # fmt: skip


def incident_tasks(seed: int = 8) -> list[dict[str, Any]]:
    """Rows of raw incident_task, some of them of incidents that are gone."""
    chance = random.Random(seed)
    return [
        dict(_row(
            sys_id=f"it{number}", incident=chance.choice([f"m{chance.randrange(60):04}", "gone"]),
            assignment_group=chance.choice([*GROUPS, "gone"]), active=chance.choice([True, False, False, None]),
            opened_at=NOW - timedelta(minutes=chance.randrange(5000)),
            closed_at=chance.choice([NOW - timedelta(minutes=chance.randrange(5000)), None]),
        ))
        for number in range(150)
    ]  # fmt: skip
