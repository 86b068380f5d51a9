"""An embedded instance with a small, hand-made service desk, and a client that is logged in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest

from ingestion.instance import EmbeddedInstance

NOW = datetime(2026, 1, 5, 12)


@dataclass
class Desk:
    """The instance, a logged-in client, and the sys_ids of its records by a short name."""

    instance: EmbeddedInstance
    http: httpx.Client
    ids: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """GET below /api/now; parameter names without `sysparm_` get it."""
        return self.http.get(f"/api/now/{path}", params={f"sysparm_{name}": v for name, v in parameters.items()})

    def rows(self, table: str, query: str = "", **parameters: Any) -> list[dict[str, Any]]:
        """The result of a list request that must succeed."""
        response = self.get(f"table/{table}", query=query, **parameters)
        assert response.status_code == 200, response.text
        result = response.json()["result"]
        assert isinstance(result, list)
        return result

    def numbers(self, query: str, table: str = "incident") -> list[str]:
        """Numbers of the rows a query finds, sorted unless the query sorts."""
        found = [row["number"] for row in self.rows(table, query, fields="number")]
        return found if "ORDERBY" in query else sorted(found)

    def count(self, query: str, table: str = "incident") -> int:
        """The count of the Aggregate API."""
        return int(self.get(f"stats/{table}", query=query, count="true").json()["result"]["stats"]["count"])

    def add(self, alias: str, table: str, /, **values: str) -> str:
        """Creates a record and remembers its sys_id under `alias`."""
        self.ids[alias] = self.instance.platform.create(table, values)
        return self.ids[alias]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Two users, a group, and the incidents INC1 to INC4."""
    with EmbeddedInstance(now=NOW, api_key="key-of-the-house") as instance:
        login = (instance.username, instance.password)
        with httpx.Client(base_url=instance.url, auth=login, trust_env=False) as http:
            desk = Desk(instance, http)
            _furnish(desk)
            yield desk


def _furnish(desk: Desk) -> None:
    manager = desk.add("manager", "sys_user", name="Maria Boss", user_name="maria")
    ann = desk.add("ann", "sys_user", name="Ann Lee", user_name="ann", manager=manager, email="ann@example.com")
    bob = desk.add("bob", "sys_user", name="Bob Ray", user_name="bob")
    group = desk.add("network", "sys_user_group", name="Network")
    desk.add("server", "cmdb_ci_linux_server", name="db01", kernel_release="6.1")
    desk.add(
        "INC1", "incident", number="INC1", short_description="Mail is slow", caller_id=ann, assignment_group=group,
        state="1", priority="1", category="network", subcategory="vpn", opened_at="2026-01-01 08:00:00",
        cmdb_ci=desk.ids["server"], watch_list=f"{ann},{bob},someone@example.com",
    )  # fmt: skip
    desk.add(
        "INC2", "incident", number="INC2", short_description="Disk 100% full", caller_id=bob, state="2",
        priority="10", category="hardware", opened_at="2026-01-02 09:30:00", active="true",
    )  # fmt: skip
    desk.add(
        "INC3", "incident", number="INC3", short_description="mail bounced", caller_id=ann, state="6", priority="",
        opened_at="2026-01-03 23:30:00", resolved_at="2026-01-04 03:53:17", close_code="Solution provided",
        business_duration="1970-01-02 04:23:17", calendar_stc="2235673", sla_due="2026-01-06 12:00:00",
    )  # fmt: skip
    desk.add(
        "INC4", "incident", number="INC4", short_description="", state="7", priority="2", active="false",
        opened_at="", category="Hardware",
    )  # fmt: skip
