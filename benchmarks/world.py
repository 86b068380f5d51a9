"""A world of incidents and little else: many rows of a realistic width, and a tick that changes one in a thousand."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ingestion.instance.platform import Platform

NOW = datetime(2026, 1, 5, 8)
_DAYS = 360
_STATES = ("7",) * 17 + ("6", "2", "1")
_TITLES = (
    "Mailbox of {person} over quota on {host}",
    "CPU load above 95 % on {host}",
    "{person} cannot print on {host}",
    "Backup of {host} failed with code {code}",
    "VPN drops every {code} minutes",
    "Password reset for {person}",
)
_SENTENCES = (
    "user reports that the application answers slowly since this morning after the update was installed on the "
    "server and restarting the client did not help please check the logs and call back before noon"
)
_WORDS = _SENTENCES.split()


class IncidentWorld:
    """`rows` incidents over a year, 500 users, 40 groups, 300 CIs; each advance changes a thousandth of them."""

    def __init__(self, rows: int, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._rows = rows
        self._users = self._ids(500)
        self._groups = self._ids(40)
        self._items = self._ids(300)
        self._incidents: list[str] = []
        self._platform: Platform | None = None

    def populate(self, platform: Platform) -> None:
        self._platform = platform
        store = platform.store
        stamps = _stamps(NOW - timedelta(days=_DAYS), NOW - timedelta(days=_DAYS), "admin")
        store.insert("sys_user", (
            {"sys_id": key, "user_name": f"user{n}", "name": f"User {n}", "active": "true", **stamps}
            for n, key in enumerate(self._users)
        ))  # fmt: skip
        store.insert("sys_user_group", (
            {"sys_id": key, "name": f"Group {n}", "active": "true", **stamps} for n, key in enumerate(self._groups)
        ))  # fmt: skip
        store.insert("cmdb_ci", ({"sys_id": key, "name": f"host{n:04}", **stamps} for n, key in enumerate(self._items)))
        self._incidents = self._ids(self._rows)
        store.insert("incident", self._incident_rows())

    def advance(self, to: datetime) -> None:
        """Touches a thousandth of the incidents a minute before `to`."""
        assert self._platform is not None  # populate comes first
        for key in self._random.sample(self._incidents, max(1, self._rows // 1000)):
            changes = {"close_notes": f"Checked again at {to}", "assignment_group": self._random.choice(self._groups)}
            self._platform.update("incident", key, changes, at=to - timedelta(minutes=1), by="user1")

    def truth(self) -> dict[str, Any]:
        return {"incidents": self._rows}

    def _ids(self, count: int) -> list[str]:
        return [f"{self._random.getrandbits(128):032x}" for _ in range(count)]

    def _incident_rows(self) -> Iterator[dict[str, str]]:
        draw = self._random
        texts = [" ".join(draw.choices(_WORDS, k=draw.randint(20, 80))) for _ in range(500)]
        for number, key in enumerate(self._incidents):
            opened = NOW - timedelta(seconds=draw.randrange(3600, _DAYS * 86400))
            seconds = min(int(draw.expovariate(1 / 90_000)), int((NOW - opened).total_seconds()))
            resolved = opened + timedelta(seconds=seconds)
            state = draw.choice(_STATES)
            ended = state in "67"
            user, group = draw.choice(self._users), draw.choice(self._groups)
            duration = str(datetime(1970, 1, 1) + timedelta(seconds=seconds))
            yield {
                "sys_id": key,
                "sys_class_name": "incident",
                "sys_domain": "global",
                "number": f"INC{number:07}",
                "task_effective_number": f"INC{number:07}",
                "short_description": draw.choice(_TITLES).format(
                    person=f"User {number % 500}", host=f"host{number % 300:04}", code=number % 97
                ),
                "description": draw.choice(texts),
                "state": state,
                "incident_state": state,
                "active": "false" if state == "7" else "true",
                "impact": "3",
                "urgency": draw.choice("123"),
                "priority": draw.choice("2344445"),
                "severity": "3",
                "category": draw.choice(("inquiry", "software", "hardware", "network")),
                "subcategory": draw.choice(("email", "os", "")),
                "contact_type": draw.choice(("phone", "email", "self-service")),
                "opened_at": str(opened),
                "opened_by": user,
                "caller_id": user,
                "assigned_to": draw.choice(self._users),
                "assignment_group": group,
                "cmdb_ci": draw.choice(self._items),
                "made_sla": draw.choice(("true", "true", "false")),
                "reassignment_count": draw.choice("00011235"),
                "reopen_count": "0",
                "escalation": "0",
                "approval": "not requested",
                "upon_approval": "proceed",
                "upon_reject": "cancel",
                "knowledge": "false",
                "resolved_at": str(resolved) if ended else "",
                "resolved_by": user if ended else "",
                "closed_at": str(resolved) if state == "7" else "",
                "closed_by": user if state == "7" else "",
                "close_code": "Solved (Permanently)" if ended else "",
                "close_notes": draw.choice(texts)[:120] if ended else "",
                "business_duration": duration if ended else "",
                "calendar_duration": duration if ended else "",
                "business_stc": str(seconds) if ended else "",
                "calendar_stc": str(seconds) if ended else "",
                **_stamps(opened, resolved if ended else opened, "user1"),
            }


def _stamps(created: datetime, updated: datetime, by: str) -> dict[str, str]:
    return {
        "sys_created_on": str(created),
        "sys_created_by": by,
        "sys_updated_on": str(updated),
        "sys_updated_by": by,
        "sys_mod_count": "3",
    }
