"""The Dagster graph, pinned: assets in files that are found, checks that block, one job in the right order."""

from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

import dagster as dg
import pytest
import yaml

from ingestion.errors import ConfigurationError
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import Settings, load_settings
from orchestration.dagster_home import configuration, write_dagster_home
from orchestration.defs import build_definitions


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(load_settings(environ={"TICKETLAKE_DATA_DIR": str(tmp_path_factory.mktemp("graph"))}))


def keys(definitions: dg.Definitions) -> set[str]:
    return {key.to_user_string() for key in definitions.resolve_asset_graph().materializable_asset_keys}


def test_every_source_table_is_an_asset(definitions: dg.Definitions) -> None:
    assert {key for key in keys(definitions) if key.startswith("raw_servicenow/")} == {
        f"raw_servicenow/{table}" for table in TABLES
    }


def test_every_public_table_is_an_asset_with_a_blocking_quality_check(
    definitions: dg.Definitions, contract: dict[str, dict[str, object]]
) -> None:
    public = {f"{schema}/{table}" for schema in ("sdm", "metrics", "meta") for table in contract[schema]}
    assert public <= keys(definitions)
    graph = definitions.resolve_asset_graph()
    blocking = {
        key.asset_key.to_user_string()
        for key in graph.asset_check_keys
        if key.name == "quality" and graph.get_check_spec(key).blocking
    }
    assert blocking >= public | {f"raw_servicenow/{table}" for table in TABLES}


def test_the_graph_joins_raw_tables_models_and_the_published_file(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()

    def parents(*path: str) -> set[str]:
        return {key.to_user_string() for key in graph.get(dg.AssetKey(list(path))).parent_keys}

    assert parents("staging", "stg_servicenow__incident") >= {"raw_servicenow/incident"}
    assert parents("staging", "stg_ticketlake__deleted_records") == {"ticketlake/deleted_records"}
    assert parents("ticketlake", "deleted_records") == {f"raw_servicenow/{table}" for table in TABLES}
    assert parents("itsm") >= {"sdm/itsm", "metrics/mttr", "meta/sync_runs"}


def test_every_model_says_what_it_is_and_what_its_columns_are(
    definitions: dg.Definitions, contract: dict[str, dict[str, Any]]
) -> None:
    graph = definitions.resolve_asset_graph()
    for schema in ("sdm", "metrics", "meta"):
        for table, promised in contract[schema].items():
            node = graph.get(dg.AssetKey([schema, table]))
            described = node.metadata["dagster/column_schema"]
            assert node.description and isinstance(described, dg.TableSchema), table
            documented = {column.name for column in described.columns if column.description and column.type}
            assert documented >= set(promised["columns"]), table


def test_every_published_table_comes_from_the_source(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()

    def ancestors(key: dg.AssetKey) -> set[str]:
        found: set[dg.AssetKey] = set()
        rest = [key]
        while rest:
            new = graph.get(rest.pop()).parent_keys - found
            found |= new
            rest += new
        return {key.to_user_string() for key in found}

    for key in graph.materializable_asset_keys:
        if key.path[0] in ("sdm", "metrics"):
            assert any(name.startswith("raw_servicenow/") for name in ancestors(key)), key
    assert ancestors(dg.AssetKey(["metrics", "mttr"])) >= {
        "sdm/itsm",
        "raw_servicenow/incident",
        "raw_servicenow/sys_choice",
    }


def test_one_job_runs_the_steps_in_order(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("cycle")
    assert job.executor_def is dg.in_process_executor
    assert [node.name for node in job.nodes_in_topological_order] == [
        "raw_servicenow", "raw_quality", "ticketlake__deleted_records", "models", "public_quality", "publish",
    ]  # fmt: skip


def test_the_schedule_is_on_and_everything_has_a_freshness_policy(definitions: dg.Definitions) -> None:
    (schedule,) = definitions.schedules or ()
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 */2 * * *", "UTC")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    graph = definitions.resolve_asset_graph()
    policies = {graph.get(key).freshness_policy for key in graph.materializable_asset_keys}
    assert policies == {dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=6), warn_window=timedelta(hours=4))}


def test_every_asset_is_grouped_and_described(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.group_name not in (None, "default") and node.description, key


def test_a_change_of_columns_is_a_check_that_stops_nothing(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    checks = {key: graph.get_check_spec(key) for key in graph.asset_check_keys if key.name == "schema_changes"}
    assert {key.asset_key.to_user_string() for key in checks} == {f"raw_servicenow/{table}" for table in TABLES}
    assert not any(spec.blocking for spec in checks.values())


def test_days_of_the_history_are_partitions_of_the_backfill(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("backfill")
    assert job.partitions_def is not None and job.executor_def is dg.in_process_executor
    days = job.partitions_def.get_partition_keys()
    today = datetime.now(UTC).date()
    assert days[-1] == today.isoformat() and 390 <= len(days) <= 400
    config = job.get_run_config_for_partition_key(days[0])["resources"]["cycle"]["config"]
    assert (config["kind"], config["window"]) == ("backfill", [f"{days[0]}T00:00:00", f"{days[0]}T23:59:59"])


def test_a_tick_without_an_instance_is_left_out(definitions: dg.Definitions) -> None:
    (schedule,) = definitions.schedules or ()
    assert isinstance(schedule, dg.ScheduleDefinition)
    with dg.build_schedule_context(dg.DagsterInstance.ephemeral()) as context:
        data = schedule.evaluate_tick(context)
    assert not data.run_requests and "nothing to sync" in (data.skip_message or "")


def test_dagster_keeps_to_the_data_directory_and_to_itself(settings: Settings) -> None:
    write_dagster_home(settings)
    written = yaml.safe_load((settings.dagster_home / "dagster.yaml").read_text())
    assert written["telemetry"] == {"enabled": False}
    assert written["concurrency"]["runs"]["max_concurrent_runs"] == 1
    for storage in ("run_storage", "event_log_storage", "schedule_storage"):
        assert written[storage]["config"]["base_dir"].startswith(str(settings.data_dir))


def test_runs_may_be_kept_in_postgresql_where_the_package_for_it_is(settings: Settings) -> None:
    environ = {"TICKETLAKE_DAGSTER_STORAGE": "postgres", "TICKETLAKE_DAGSTER_POSTGRES_URL": "postgresql://u:pw@db/runs"}
    chosen = load_settings(environ={**environ, "TICKETLAKE_DATA_DIR": str(settings.data_dir)})
    text = configuration(chosen)
    written = yaml.safe_load(text)
    assert written["storage"] == {"postgres": {"postgres_url": {"env": "TICKETLAKE_DAGSTER_POSTGRES_URL"}}}
    assert not {"run_storage", "event_log_storage", "schedule_storage"} & written.keys()
    assert "pw" not in text and "pw" not in repr(chosen)
    if find_spec("dagster_postgres") is None:
        with pytest.raises(ConfigurationError, match=r"pip install dagster-postgres==\d+\.\d+\.\d+"):
            write_dagster_home(chosen)
        assert not settings.dagster_home.exists()
    with pytest.raises(ConfigurationError, match="TICKETLAKE_DAGSTER_POSTGRES_URL"):
        load_settings(environ={"TICKETLAKE_DAGSTER_STORAGE": "postgres"})
    with pytest.raises(ConfigurationError, match="known: sqlite, postgres"):
        load_settings(environ={"TICKETLAKE_DAGSTER_STORAGE": "mysql"})
