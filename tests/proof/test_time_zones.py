"""Results are right in any zone and season (the core of it is in `tests/integration/test_time_zone.py`)."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.integration.test_time_zone import SUMMER, WINTER, synced

#: The night in which Europe's clocks go back.
AUTUMN = datetime(2026, 10, 25, 0, 30)


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("Europe/London", SUMMER),
        ("Europe/London", AUTUMN),
        ("America/Los_Angeles", SUMMER),
        ("Pacific/Kiritimati", WINTER),
    ],
)
def test_results_are_right_in_any_zone_and_season(tmp_path: Path, zone: str, now: datetime) -> None:
    _, warnings = synced(tmp_path / "data", now, zone)
    assert any("time zone to GMT" in warning for warning in warnings)
