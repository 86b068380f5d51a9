"""Dagster's default run launcher, which can also say whether a run's process is still there.

Without that a run whose process was killed stays `STARTED` for good, and as one run holds the data
directory at a time, the queue would wait for it for good too. Run monitoring asks (`dagster.yaml`).
"""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._serdes import ConfigurableClassData

from ingestion.errors import WarehouseLocked
from ingestion.settings import Settings
from ingestion.warehouse import data_directory_lock
from orchestration.state import Cycle, Runs, StateDatabase, utc_now

#: A run loads Dagster, and waits up to a minute for the data directory, before the state knows of it ...
_BEGINS_WITHIN = timedelta(minutes=10)
#: ... and says its last to Dagster after it has closed its books.
_ENDS_WITHIN = timedelta(minutes=5)


class RunLauncher(DefaultRunLauncher):
    """`DefaultRunLauncher` with a health check. A run lives as long as it holds the data directory."""

    def __init__(self, data_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._settings = Settings(data_dir=Path(data_dir))

    @classmethod
    def config_type(cls) -> Any:
        return {"data_dir": str}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> "RunLauncher":
        return cls(inst_data=inst_data, **config_value)

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """`FAILED` where the run's process is gone."""
        runs = Runs(StateDatabase(self._settings.state_path))
        cycle = runs.cycle(run.run_id)
        if cycle is None:
            return _health(self._age_of(run) <= _BEGINS_WITHIN, "its process never began its work")
        if cycle.finished_at is None and self._is_free():
            # It may have ended just before the lock was asked for.
            cycle = runs.cycle(run.run_id) or cycle
            if cycle.finished_at is None:
                return _health(False, f"process {cycle.pid} ended without finishing the run")
        return _health(_is_recent(cycle), "its process ended before it could say so")

    def _age_of(self, run: DagsterRun) -> timedelta:
        record = self._instance.get_run_record_by_id(run.run_id)
        if record is None or record.start_time is None:
            return timedelta()
        return timedelta(seconds=time.time() - record.start_time)

    def _is_free(self) -> bool:
        try:
            with data_directory_lock(self._settings, "run monitoring", timeout=0):
                return True
        except WarehouseLocked:
            return False


def _is_recent(cycle: Cycle) -> bool:
    return cycle.finished_at is None or utc_now() - cycle.finished_at <= _ENDS_WITHIN


def _health(lives: bool, otherwise: str) -> CheckRunHealthResult:
    return CheckRunHealthResult(WorkerStatus.RUNNING) if lives else CheckRunHealthResult(WorkerStatus.FAILED, otherwise)
