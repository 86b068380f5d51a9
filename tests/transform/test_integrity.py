"""The integrity tests of the project fail when there is something to find."""

import shutil
from pathlib import Path

import duckdb

from tests.transform.warehouse import dbt


def test_an_unknown_instance_a_repeated_key_and_a_wrong_sum_are_found(small_warehouse: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copy(small_warehouse, warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "INSERT INTO raw_servicenow.incident (instance, sys_id, state)"
            " VALUES ('unconfigured', 'i01', 1), ('unconfigured', 'i01', 2)"
        )
        # As if a build had added up what a ticket took in the wrong place, in every cell alike.
        connection.execute("UPDATE intermediate.int_resolved_figures SET resolve_seconds_sum = 2 * resolve_seconds_sum")
    outcome = dbt("test", warehouse, "--select", "test_type:singular")
    assert outcome.returncode == 1
    for name in (
        "assert_every_instance_has_settings",
        "assert_staging_keys_are_unique",
        "assert_every_live_incident_is_in_itsm_once",
        "assert_resolved_sums_are_those_of_the_tickets",
    ):
        assert f"Failure in test {name}" in outcome.stdout
