"""Exit codes, cron, requests, the example settings."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingestion.errors import ConfigurationError, HibernatingError, QualityError, TableRefused
from ingestion.settings import InstanceSettings, Settings, load_settings
from orchestration.exit_codes import exit_code_of, worst
from orchestration.request import CycleRequest
from orchestration.schedule import interval, next_tick

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("codes", "code"),
    [([], 0), ([0, 0], 0), ([0, 4], 4), ([4, 1], 1), ([1, 3, 4], 3), ([3, 2, 1], 2), ([0, 1], 1)],
)
def test_the_first_code_that_applies_counts(codes: list[int], code: int) -> None:
    assert worst(codes) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError("x"), 2),
        (TableRefused("x"), 3),
        (HibernatingError("x"), 1),
        (QualityError("x"), 4),
        (OSError("disk full"), 1),
    ],
)
def test_each_error_has_its_code(error: Exception, code: int) -> None:
    assert exit_code_of(error) == code


def test_ticks_are_in_utc() -> None:
    assert next_tick("0 */2 * * *", datetime(2026, 11, 21, 22, 30)) == datetime(2026, 11, 22)
    assert next_tick("15 6 * * 1", datetime(2026, 11, 21)) == datetime(2026, 11, 23, 6, 15)
    assert interval("0 */2 * * *") == timedelta(hours=2)


@pytest.mark.parametrize("cron", ["", "every day", "61 * * * *", "0 0 30 2 *", "* * * * * *"])
def test_a_bad_cron_expression_is_named(cron: str) -> None:
    with pytest.raises(ConfigurationError, match="sync_cron="):
        next_tick(cron)


def test_a_request_survives_its_way_through_the_jobs_configuration() -> None:
    window = (datetime(2026, 1, 1), datetime(2026, 1, 31, 23, 59, 59))
    for request in (
        CycleRequest(),
        CycleRequest("backfill", "schedule", ("a",), ("incident",), True, window, retries=2),
        CycleRequest("reconcile", content=True, allow_mass_delete=True),
    ):
        assert CycleRequest.from_config(request.to_config()) == request


def test_the_example_settings_are_the_defaults() -> None:
    example = load_settings(ROOT / "ticketlake.example.toml", {})
    assert example.instances == {"default": InstanceSettings("default", "")}
    assert replace(example, config_path=None, config_text=None, instances={}) == Settings(Path("data").absolute())
