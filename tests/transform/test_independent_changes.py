"""Configuration items, windows, changes and their incidents of instance `mixed`, worked out once more in Python."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.transform import random_landscape, random_tickets
from tests.transform.recount import LANDSCAPE_NAMES, resolved_ci
from tests.transform.warehouse import query

INCIDENTS = random_tickets.incidents()
CHANGES = {row["sys_id"]: row for row in random_landscape.changes()}


def test_the_configuration_item_of_every_ticket(small_warehouse: Path) -> None:
    expected = {}
    for ticket in INCIDENTS:
        item, level = resolved_ci(ticket)
        expected[ticket["sys_id"]] = (ticket["cmdb_ci"], item, LANDSCAPE_NAMES.get(item or ""), level)
    found = query(
        small_warehouse,
        "SELECT sys_id, cmdb_ci_id, ci_id, ci_name, ci_resolution FROM sdm.itsm WHERE instance = 'mixed'",
    )
    assert {row[0]: row[1:] for row in found} == expected
    assert {level for *_, level in expected.values()} == {"ticket", "affected_ci", "service", "title", "none"}


def test_the_windows(small_warehouse: Path) -> None:
    numbers = {ticket["sys_id"]: ticket.get("number") for ticket in INCIDENTS}
    services = {ticket["sys_id"]: ticket["business_service"] for ticket in INCIDENTS}
    kinds = {"planned": "planned_outage", "degradation": "degradation"}
    expected = {
        ("change_request", key): (
            "change", row["cmdb_ci"], row["business_service"], row["start_date"], row["end_date"], row["number"],
        )
        for key, row in CHANGES.items()
        if row["start_date"] or row["end_date"]
    }  # fmt: skip
    for row in random_landscape.outages():
        change: dict[str, Any] = CHANGES.get(row["task_number"], {})
        own = row["cmdb_ci"] if row["cmdb_ci"] in random_landscape.SERVICES else None
        expected["cmdb_ci_outage", row["sys_id"]] = (
            kinds.get(row["type"], "outage"), row["cmdb_ci"],
            own or change.get("business_service") or services.get(row["task_number"]), row["begin"], row["end"],
            change.get("number") or numbers.get(row["task_number"]),
        )  # fmt: skip
    found = query(
        small_warehouse,
        "SELECT source_table, sys_id, kind, ci_id, service_id, starts_at, ends_at, number FROM sdm.maintenance_windows"
        " WHERE instance = 'mixed'",
    )
    assert {row[:2]: row[2:] for row in found} == expected


def ended_at(change: dict[str, Any]) -> Any:
    """When the work of a change was over, None where it is not or never was."""
    if change["work_end"]:
        return change["work_end"]
    return change["end_date"] if change["state"] == 3 else None


def links() -> dict[tuple[str, str], tuple[str, Any]]:
    """Link and score by incident and change."""
    found: dict[tuple[str, str], tuple[str, Any]] = {}
    for ticket in INCIDENTS:
        cause, fix = ticket["caused_by"], ticket["rfc"]
        if cause in CHANGES:
            found[ticket["sys_id"], cause] = ("caused_by", 1.0)
        if fix in CHANGES and fix != cause:
            found[ticket["sys_id"], fix] = ("rfc", 1.0)
        if cause or not ticket["opened_at"] or ticket["state"] == 8:
            continue
        item, _ = resolved_ci(ticket)
        for key, change in CHANGES.items():
            end = ended_at(change)
            same_ci = item is not None and change["cmdb_ci"] == item
            same_service = ticket["business_service"] is not None and (
                change["business_service"] == ticket["business_service"]
            )
            if end is None or not (same_ci or same_service) or key == fix:
                continue
            after = (ticket["opened_at"] - end) / timedelta(hours=24)
            if 0 <= after <= 1:
                failed = 0.15 if change["close_code"] == "Unsuccessful" else 0.0
                score = (0.6 if same_ci else 0.3) + 0.2 * (1 - after) + failed
                found[ticket["sys_id"], key] = ("suspected", pytest.approx(score, abs=1e-4))
    return found


def test_the_links_between_incidents_and_changes(small_warehouse: Path) -> None:
    found = query(
        small_warehouse,
        "SELECT incident_id, change_id, link, score FROM sdm.incident_changes WHERE instance = 'mixed'",
    )
    assert {row[:2]: row[2:] for row in found} == links()
    assert min(Counter(link for link, _ in links().values()).values()) > 5


def test_what_each_change_counts(small_warehouse: Path) -> None:
    tasks = Counter(row["change_request"] for row in random_landscape.change_tasks())
    open_tasks = Counter(
        row["change_request"] for row in random_landscape.change_tasks() if row["active"] in (True, None)
    )
    linked = Counter(change for (_, change), (link, _) in links().items() if link != "suspected")
    suspected = Counter(change for (_, change), (link, _) in links().items() if link == "suspected")
    found = query(
        small_warehouse,
        "SELECT sys_id, task_count, open_task_count, linked_incident_count, suspected_incident_count FROM sdm.changes"
        " WHERE instance = 'mixed'",
    )
    assert {row[0]: row[1:] for row in found} == {
        key: (tasks[key], open_tasks[key], linked[key], suspected[key]) for key in CHANGES
    }


def test_the_failure_of_changes_by_month(small_warehouse: Path) -> None:
    ties: dict[str, set[str]] = defaultdict(set)
    for (_, change), (link, _) in links().items():
        ties[link].add(change)
    expected: dict[tuple[date, str, str | None], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for key, row in CHANGES.items():
        if row["state"] != 3 or row["closed_at"] is None:
            continue
        group = random_tickets.GROUPS.get(row["assignment_group"], "(none)")
        for dimension, value in (("all", None), ("type", row["type"] or "(none)"), ("assignment_group", group)):
            figures = expected[row["closed_at"].date().replace(day=1), dimension, value]
            figures[0] += 1
            figures[1] += row["close_code"] == "Unsuccessful"
            figures[2] += key in ties["caused_by"]
            figures[3] += key in ties["suspected"]
    found = query(
        small_warehouse,
        "SELECT period_start, dimension, dimension_value, closed_changes, failed_changes, changes_with_linked_incident,"
        " changes_with_suspected_incident, failed_share FROM metrics.change_failure WHERE instance = 'mixed'",
    )
    assert {row[:3]: list(row[3:7]) for row in found} == expected
    assert all(row[7] == pytest.approx(row[4] / row[3]) for row in found)
