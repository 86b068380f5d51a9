"""Instance `cases`: what goes wrong with real tickets, each case in a category of its own."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.transform.hand_made import HISTORY_START, NOW, RETENTION_START, at
from tests.transform.warehouse import Row, instance_settings

SETTINGS = instance_settings(
    "cases",
    now=NOW,
    history_start=HISTORY_START,
    retention_start=RETENTION_START,
    state_resolved=[6],
    state_closed=[7],
    state_cancelled=[8],
    noise_code=["Duplicate"],
)
SOLVED = "Solved (Permanently)"


def _row(**values: Any) -> Row:
    return {"instance": "cases", **values}


def _ticket(case: str, state: int, opened: datetime, **values: Any) -> Row:
    return _row(sys_id=case, number=case, category=case, state=state, opened_at=opened, **values)


INCIDENTS = [
    _ticket("reopened", 7, at("02-05 08:00"), resolved_at=at("02-07 08:00"), closed_at=at("02-10 08:00"),
            reopen_count=2, reassignment_count=1, made_sla=False, close_code=SOLVED),
    _ticket("cancelled", 8, at("02-06 00:00"), resolved_at=at("02-06 01:00"), reopen_count=1, reassignment_count=5,
            made_sla=True, short_description="VPN gateway down"),
    _ticket("duplicate", 7, at("02-06 10:00"), resolved_at=at("02-06 10:30"), closed_at=at("02-06 10:30"),
            reopen_count=0, reassignment_count=0, made_sla=True, close_code="DUPLICATE",
            short_description="VPN gateway down"),
    _ticket("child", 6, at("02-06 12:00"), resolved_at=at("02-06 13:00"), reassignment_count=3, made_sla=True,
            parent_incident="reopened", short_description="vpn Gateway down"),
    _ticket("negative clock", 7, at("02-06 12:00"), resolved_at=at("02-06 11:00"), closed_at=at("02-08 00:00"),
            close_code=SOLVED, short_description="RE: VPN gateway down"),
    _ticket("no resolved time", 6, at("02-06 12:00"), sys_updated_on=at("02-08 12:00")),
    _ticket("closed, not resolved", 7, at("02-06 12:00"), closed_at=at("02-09 12:00")),
    _ticket("closed, in progress", 2, at("02-06 12:00"), closed_at=at("02-09 12:00")),
    _ticket("open", 1, at("03-09 12:00"), short_description="VPN gateway down"),
    _ticket("end of month", 7, at("01-31 22:00"), resolved_at=datetime(2024, 1, 31, 23, 59, 59),
            closed_at=datetime(2024, 1, 31, 23, 59, 59), close_code=SOLVED),
    _ticket("start of month", 7, at("01-31 23:00"), resolved_at=at("02-01 00:00"), closed_at=at("02-01 00:00"),
            close_code=SOLVED),
    _ticket("leap day", 7, at("02-28 12:00"), resolved_at=at("02-29 12:00"), closed_at=at("02-29 12:00"),
            close_code=SOLVED),
    _ticket("unknown state", 42, at("02-06 12:00"), resolved_at=at("02-06 13:00")),
    _ticket("unknown choice", 7, at("02-06 12:00"), resolved_at=at("02-06 12:45"), closed_at=at("02-06 12:45"),
            close_code="Abducted", priority=9, contact_type="pigeon"),
    *(
        {**_ticket("missing group", 7, at("02-06 12:00"), resolved_at=resolved, closed_at=resolved, close_code=SOLVED,
                   assignment_group=group), "sys_id": f"missing group {group}"}
        for group, resolved in ((None, at("02-06 12:10")), ("gone", at("02-06 12:20")))
    ),
    *(
        {**_ticket("same-named groups", 7, at("02-06 12:00"), resolved_at=resolved, closed_at=resolved,
                   close_code=SOLVED, assignment_group=group), "sys_id": f"same-named groups {group}"}
        for group, resolved in (("t1", at("02-06 13:40")), ("t2", at("02-06 15:20")))
    ),
]  # fmt: skip

#: The reopened ticket: within the twins, to a group that is gone, to nobody, and back to the other twin.
_STAYS = ("t1", "t2", "gone", None, "t1")

RAW: dict[str, list[Row]] = {
    "incident": INCIDENTS,
    "sys_user_group": [_row(sys_id="t1", name="Twins"), _row(sys_id="t2", name="Twins")],
    "sys_db_object": [
        _row(sys_id="t1", name="task", label="Task"),
        _row(sys_id="t2", name="incident", label="Incident", super_class="t1"),
    ],
    "sys_dictionary": [
        _row(
            sys_id="x1", name="task", element="assignment_group", internal_type="reference", reference="sys_user_group"
        )
    ],
    "sys_choice": [_row(sys_id="h1", name="task", element="priority", value="1", label="1 - Critical")],
    "sys_audit": [
        _row(
            sys_id=f"a{place}",
            tablename="incident",
            documentkey="reopened",
            fieldname="assignment_group",
            oldvalue=old,
            newvalue=new,
            user="ann",
            record_checkpoint=place,
            sys_created_on=at(f"02-05 {8 + place:02}:00"),
        )
        for place, (old, new) in enumerate(pairwise(_STAYS), start=1)
    ],
}
