"""Models over columns that have become text: one odd value costs one NULL, not the build."""

from datetime import timedelta
from pathlib import Path

from ingestion import warehouse
from tests.integration.lake import NOW, Lake, empty_lake
from tests.integration.test_cycle import insert, update
from tests.integration.test_drift import changes, later
from tests.transform.warehouse import build, query


def test_the_models_build_over_columns_that_have_become_text(tmp_path: Path) -> None:
    """Columns that the models and the retention go by, among them times and a duration."""
    with empty_lake(tmp_path / "data") as lake:
        widened(lake)


def widened(lake: Lake) -> None:
    opened = {"opened_at": "2026-11-20 08:00:00", "sys_created_on": "2026-11-20 08:00:00"}
    ended = {"state": "7", "active": "false", "resolved_at": "2026-11-20 09:00:00", "closed_at": "2026-11-20 10:00:00"}
    one, two = insert(
        lake,
        "incident",
        opened | ended | {"business_duration": "1970-01-01 00:30:00", "number": "INC1"},
        {"number": "INC2"},
    )
    long_ago = {"state": "7", "active": "false", "closed_at": "2025-11-01 00:00:00"}
    insert(lake, "incident", long_ago | {"number": "INC3"})
    lake.sync()
    later(lake)
    odd = dict.fromkeys(("closed_at", "resolved_at", "business_duration", "active", "priority", "made_sla"), "odd")
    update(lake, "incident", [two], at=lake.settings.now(), **odd)
    lake.sync()
    assert len(changes(lake)) == len(odd)
    lake.at(NOW + timedelta(days=60))
    assert lake.sync()["incident"].deleted == 1, "the third has expired by a time that is text"
    with warehouse.connect(lake.settings) as connection:
        warehouse.write_settings(connection, lake.settings)
    chosen = ("--select", "+itsm", "+task_slas", "--exclude-resource-type", "unit_test")
    build(lake.settings.warehouse_path, *chosen, "--indirect-selection", "cautious")
    rows = query(
        lake.settings.warehouse_path,
        "SELECT sys_id, resolve_minutes, business_minutes, closed_at IS NULL, priority IS NULL FROM sdm.itsm",
    )
    assert sorted(rows) == sorted([(one, 60.0, 30.0, False, False), (two, None, None, True, True)])
