"""Settings that name columns of incident, checked against a running instance by sync and doctor."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.errors import ConfigurationError
from ingestion.servicenow.preflight import check_instance
from tests.integration.lake import Lake, empty_lake
from tests.integration.test_cycle import insert


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with empty_lake(tmp_path / "data") as lake:
        yield lake


def set_instance(lake: Lake, **changes: object) -> None:
    changed = replace(lake.instance, **changes)  # type: ignore[arg-type]
    lake.settings = replace(lake.settings, instances={"default": changed})


def test_a_wrong_column_stops_the_sync_before_anything_changes(lake: Lake) -> None:
    insert(lake, "incident", {"number": "INC1", "u_symptom": "slow"})
    for changes in ({"field_map": {"category": "u_kategory"}}, {"extra_columns": ("u_symptom", "u_vendr")}):
        set_instance(lake, **changes)
        report = lake.attempt()
        assert isinstance(report.error, ConfigurationError) and report.error.exit_code == 2
        assert lake.query("SELECT count(*) FROM raw_servicenow.sys_user") == [(0,)]
        assert lake.query("SELECT count(*) FROM ticketlake.coverage") == [(0,)]
        wanted = {line.name for line in check_instance(lake.settings, lake.instance) if not line.ok and line.required}
        assert wanted == {"field category" if "field_map" in changes else "extra column u_vendr"}
        set_instance(lake, field_map={}, extra_columns=())
    set_instance(lake, extra_columns=("u_symptom",), field_map={"category": "u_symptom"})
    assert lake.sync()["incident"].inserted == 1
    # The values of a column that the source has lost are kept, and so is the setting.
    lake.servicenow.control.mutate({"op": "remove_column", "table": "incident", "column": "u_symptom"})
    lake.at(lake.servicenow.control.advance("2h"))
    report = lake.attempt()
    assert report.status == "succeeded"
    settings = [line.partition(":")[0] for line in report.warnings if "u_symptom" in line]
    assert settings == [
        "[instances.default] field_map.category='u_symptom'",
        "[instances.default] extra_columns='u_symptom'",
        "required field category is missing",
    ]


def test_a_missing_required_field_is_reported_with_what_depends_on_it(lake: Lake) -> None:
    lake.servicenow.control.mutate({"op": "remove_column", "table": "incident", "column": "reopen_count"})
    insert(lake, "incident", {"number": "INC1"})
    report = lake.attempt()
    assert report.status == "succeeded"
    (line,) = [line for line in report.warnings if "required field" in line]
    assert "reopen_count" in line and "metrics.reopen" in line
    (check,) = [check for check in check_instance(lake.settings, lake.instance) if not check.ok and check.required]
    assert check.name == "field reopen_count" and "metrics.reopen" in check.detail and "field_map" in check.remedy
