"""Dagster remembers a day of runs, and nothing of older ones stays on the disk."""

import sqlite3
from contextlib import closing

import dagster as dg

from ingestion.settings import Settings
from orchestration.dagster_home import write_dagster_home
from orchestration.environment import prepare_environment
from orchestration.run_history import forget_old_runs

DAYS = dg.StaticPartitionsDefinition(["monday", "tuesday"])


@dg.asset(config_schema={"fails": bool}, check_specs=[dg.AssetCheckSpec("is_there", asset="tickets")])
def tickets(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    if context.op_execution_context.op_config["fails"]:
        raise RuntimeError("as told")
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


@dg.asset(partitions_def=DAYS)
def days() -> None:
    """Read by the day."""


def test_older_runs_go_without_a_trace_and_days_of_a_backfill_stay(settings: Settings) -> None:
    prepare_environment(settings)
    write_dagster_home(settings)
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:

        def run(fails: bool) -> str:
            config = {"ops": {"tickets": {"config": {"fails": fails}}}}
            return dg.materialize([tickets], instance=instance, run_config=config, raise_on_error=False).run_id

        day = dg.materialize([days], instance=instance, partition_key="monday").run_id
        good, bad = [], []
        for _ in range(4):
            good.append(run(False))
            bad.append(run(True))
        assert sorted(forget_old_runs(instance, kept=2)) == sorted(good[:2] + bad[:2])
        assert forget_old_runs(instance, kept=2) == []
        left = {day, *good[2:], *bad[2:]}
        assert {record.dagster_run.run_id for record in instance.get_run_records()} == left
        assert instance.get_materialized_partitions(days.key) == {"monday"}
        assert instance.get_latest_materialization_event(tickets.key).run_id == good[-1]  # type: ignore[union-attr]
    history = settings.dagster_home / "storage" / "history"
    assert {path.stem for path in (history / "runs").glob("*.db")} - {"index"} == left
    with closing(sqlite3.connect(history / "runs" / "index.db")) as index:
        for table in ("event_logs", "asset_check_executions"):
            assert {run for (run,) in index.execute(f"select distinct run_id from {table}")} <= left
