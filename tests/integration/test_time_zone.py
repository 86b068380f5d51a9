"""An API user in whose zone the instance reads times in queries: the same rows, whatever the season."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.integration.lake import Lake, differences, empty_lake
from tests.integration.test_cycle import insert

WINTER, SUMMER = datetime(2026, 1, 20, 12), datetime(2026, 7, 20, 12)


def synced(directory: Path, now: datetime, zone: str, **options: Any) -> tuple[Lake, list[str]]:
    """Sync a year of incidents, closed and old ones too, then changes made in several small steps."""
    with empty_lake(directory, now, page_size=20, tables=("incident",)) as lake:
        lake.servicenow.control.settings(time_zone=zone, literals_in_user_zone=True)
        start = lake.settings.history_start()
        for days in range(0, 400, 7):
            moment = now - timedelta(days=days)
            insert(lake, "incident", {"number": f"INC{days}", "active": "false"}, at=moment)
        for minutes in (-90, -30, 0, 30, 90):
            edge = start + timedelta(minutes=minutes)
            insert(lake, "incident", {"number": f"EDGE{minutes}", "active": "false", "state": "1"}, at=edge)
        report = lake.attempt()
        assert report.status == "succeeded", report.error
        served = {
            row["sys_id"]
            for row in lake.servicenow.control.rows("incident")
            if datetime.fromisoformat(row["sys_updated_on"]) >= start
        }
        assert lake.ids("incident") == served
        for step in range(3):
            lake.servicenow.control.advance("20m")
            moment = now + timedelta(minutes=20 * (step + 1))
            insert(lake, "incident", {"number": f"NEW{step}"}, at=moment)
            key = sorted(served)[step]
            lake.servicenow.control.mutate(
                {"op": "update", "table": "incident", "sys_ids": [key], "values": {"short_description": f"step {step}"}}
            )
            tables = lake.sync()
            assert tables["incident"].inserted == 1 and tables["incident"].updated == 1
        assert differences(lake, "incident", lake.ids("incident")) == []
        return lake, report.warnings


def test_a_zone_that_is_utc_in_winter_is_found_by_a_row_of_last_summer(tmp_path: Path) -> None:
    _, warnings = synced(tmp_path / "data", WINTER, "Europe/London")
    assert any("time zone to GMT" in warning for warning in warnings)


def test_a_user_in_utc_costs_no_detour(tmp_path: Path) -> None:
    _, warnings = synced(tmp_path / "data", SUMMER, "UTC")
    assert not any("time zone" in warning for warning in warnings)
