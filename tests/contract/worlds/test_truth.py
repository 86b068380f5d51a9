"""The truth is told from the rows as they stand: figures checked by hand, changes by hand seen."""

from datetime import datetime, timedelta

import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.instance.truth import figures, quantile
from tests.contract.worlds.conftest import NOW

_NOW = datetime(2026, 3, 11, 12)


def _ticket(opened: str, resolved: str, **values: str) -> dict[str, str]:
    ended = {"opened_at": opened, "resolved_at": resolved, "state": "7", "active": "false", "assigned_to": "a" * 32}
    return {**ended, "close_code": "Solution provided", "sys_updated_on": resolved or opened, **values}


_TICKETS = {
    "10 minutes": _ticket("2026-03-01 10:00:00", "2026-03-01 10:10:00", reassignment_count="0", business_stc="600"),
    "an hour": _ticket("2026-03-01 10:00:00", "2026-03-01 11:00:00", reassignment_count="1", state="6"),
    "a day, moved": _ticket("2026-03-01 10:00:00", "2026-03-02 10:00:00", reassignment_count="4", reopen_count="2"),
    "duplicate": _ticket("2026-03-01 10:00:00", "2026-03-01 10:30:00", close_code="DUPLICATE", made_sla="false"),
    "untouched": _ticket("2026-03-01 10:00:00", "2026-03-01 10:20:00", close_code="", assigned_to=""),
    "cancelled": _ticket("2026-03-01 10:00:00", "", state="8"),
    "cancelled, bad clock": _ticket("", "", state="8", sys_updated_on="2026-03-01 10:00:00"),
    "open": _ticket("2026-03-01 10:00:00", "", state="2", active="true"),
    "unknown state": _ticket("2026-03-01 10:00:00", "2026-03-01 10:05:00", state=""),
    "not resolved": _ticket("2026-03-01 10:00:00", "", state="7"),
    "before opened": _ticket("2026-03-01 10:00:00", "2026-03-01 09:59:59"),
    "future": _ticket("2026-03-01 10:00:00", "2026-03-12 12:00:01"),
    "no opening": _ticket("", "2026-03-01 10:00:00"),
    "expired": _ticket("2025-01-01 10:00:00", "2025-01-02 10:00:00", closed_at="2025-02-01 10:00:00"),
    "updated of late, expired": _ticket(
        "2025-01-01 10:00:00",
        "2025-01-02 10:00:00",
        closed_at="2025-02-01 10:00:00",
        sys_updated_on="2026-03-01 10:00:00",
    ),
    "old and open": _ticket("2024-01-01 10:00:00", "", state="2", active="true"),
}


@pytest.fixture
def told() -> dict[str, object]:
    with EmbeddedInstance(now=_NOW) as instance:
        for name, values in _TICKETS.items():
            instance.platform.create("incident", {"short_description": name, **values})
        return figures(instance.store, first_sync=_NOW, now=_NOW, ever=[])


def test_every_ticket_is_resolved_or_excluded_for_its_first_reason(told: dict[str, object]) -> None:
    assert told["excluded"] == {"cancelled": 2, "open": 3, "not_resolved": 1, "bad_clock": 3}
    assert told["resolved_count"] == 5
    assert told["live_incidents"] == 14


def test_figures_of_the_resolved(told: dict[str, object]) -> None:
    # 10, 20, 30, 60 and 1440 minutes.
    assert told["mttr"] == {
        "mean_minutes": 312.0,
        "median_minutes": 30.0,
        "p90_minutes": pytest.approx(60 + (1440 - 60) * 0.6),
        "business_mean_minutes": 10.0,
    }
    assert told["reassignment"] == {"mean": 1.0, "p90": pytest.approx(2.8), "zero_share": 0.6, "three_plus_share": 0.2}
    assert told["noise"] == {"count": 2, "by_code": 1, "untouched": 1}
    assert told["reopened_count"] == 1
    assert told["made_sla_count"] == 4


def test_a_kept_ticket_keeps_its_parent_from_before_the_window() -> None:
    start = _NOW - timedelta(days=398)
    with EmbeddedInstance(now=_NOW) as instance:
        old = _ticket(str(start), str(start), closed_at=str(start))
        parent, _ = (instance.platform.create("incident", old) for _ in range(2))
        instance.platform.create("incident", {**_TICKETS["an hour"], "parent_incident": parent})
        told = figures(instance.store, first_sync=_NOW, now=_NOW, ever=[])
        assert told["history_start_at"] == "2025-02-11 12:00:00"
        assert told["retention_start_at"] == "2025-02-04 12:00:00"
        assert told["live_incidents"] == 2


def test_no_tickets_have_no_averages() -> None:
    with EmbeddedInstance(now=_NOW) as instance:
        told = figures(instance.store, first_sync=_NOW, now=_NOW, ever=[])
    assert told["mttr"] == dict.fromkeys(("mean_minutes", "median_minutes", "p90_minutes", "business_mean_minutes"))
    assert quantile([], 0.5) is None


def test_deletes_of_the_demo_are_told_by_their_traces() -> None:
    with EmbeddedInstance(Company(incidents=400, days=60), now=NOW) as instance:
        before = instance.control.truth()
        [deleted] = instance.control.mutate({"op": "demo_deletes", "count": 20, "unaudited": 5})
        after = instance.control.truth()
        assert after["live_incidents"] == before["live_incidents"] - 20
        assert after["counts"]["incident"] == before["counts"]["incident"] - 20
        assert set(after["deleted"]["audited"]) - set(before["deleted"]["audited"]) == set(deleted[:15])
        assert set(after["deleted"]["unaudited"]) - set(before["deleted"]["unaudited"]) == set(deleted[15:])
        for table, column in (("task_sla", "task"), ("task_ci", "task"), ("incident_task", "incident")):
            assert not [row for row in instance.store.rows(table) if row[column] in deleted], table


def test_changes_by_hand_are_part_of_the_truth() -> None:
    with EmbeddedInstance(Company(incidents=300, days=60), now=NOW) as instance:
        before = instance.control.truth()
        resolved = next(row for row in instance.store.rows("incident") if row["state"] == "6")
        instance.control.mutate(
            {"op": "update", "table": "incident", "sys_id": resolved["sys_id"], "values": {"state": "8"}}
        )
        after = instance.control.truth()
        assert after["excluded"]["cancelled"] == before["excluded"]["cancelled"] + 1
        assert after["live_incidents"] == before["live_incidents"]


def test_more_deletes_than_tickets_are_refused() -> None:
    world = Company(incidents=50, days=30)
    with EmbeddedInstance(world, now=NOW), pytest.raises(ValueError, match="cannot delete 51 of"):
        world.demo_deletes(51)


def test_a_company_says_what_is_wrong_with_its_size() -> None:
    with pytest.raises(ValueError, match="0 incidents in 396 days"):
        Company(incidents=0)
    with pytest.raises(RuntimeError, match="populate first"):
        Company().advance(NOW)
