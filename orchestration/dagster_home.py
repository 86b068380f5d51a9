"""Dagster's home under the data directory: its configuration, runs and schedules."""

from importlib.metadata import version
from importlib.util import find_spec

from ingestion.errors import ConfigurationError
from ingestion.settings import POSTGRES_VARIABLE, Settings

_SQLITE = """\
run_storage:
  module: dagster.core.storage.runs
  class: SqliteRunStorage
  config:
    base_dir: {storage}/history/
event_log_storage:
  module: orchestration.event_log
  class: EventLog
  config:
    base_dir: {storage}/history/runs/
schedule_storage:
  module: dagster.core.storage.schedules
  class: SqliteScheduleStorage
  config:
    base_dir: {storage}/schedules
"""
#: The address stays in the environment.
_POSTGRES = """\
storage:
  postgres:
    postgres_url:
      env: {variable}
"""
_CONFIGURATION = """\
# Written by Ticketlake at every start; changes are lost.
telemetry:
  enabled: false
{runs}\
local_artifact_storage:
  module: dagster.core.storage.root
  class: LocalArtifactStorage
  config:
    base_dir: {storage}
# Steps write to the console of who started them; the event log keeps what they did.
compute_logs:
  module: dagster.core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
# One file, one writer: a second run would only wait for the lock.
concurrency:
  runs:
    max_concurrent_runs: 1
freshness:
  enabled: true
# A run whose process is gone is failed, so that the queue goes on.
run_monitoring:
  enabled: true
  poll_interval_seconds: 60
run_launcher:
  module: orchestration.run_launcher
  class: RunLauncher
  config:
    data_dir: {data_dir}
run_retries:
  enabled: false
retention:
  schedule:
    purge_after_days: 30
  sensor:
    purge_after_days:
      skipped: 1
      success: 30
      failure: 30
nux:
  enabled: false
"""


def write_dagster_home(settings: Settings) -> None:
    """Make the directory that `DAGSTER_HOME` names and its `dagster.yaml`.

    Raises ConfigurationError where runs are to be kept in PostgreSQL and Dagster's package for it is missing.
    """
    if settings.dagster_storage == "postgres" and find_spec("dagster_postgres") is None:
        # Dagster's own libraries go by the same minor number.
        library = version("dagster-dbt")
        raise ConfigurationError(
            f"dagster_storage='postgres' needs a package that is not installed: pip install dagster-postgres=={library}"
        )
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    text = configuration(settings)
    path = settings.dagster_home / "dagster.yaml"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def configuration(settings: Settings) -> str:
    """The text of `dagster.yaml`."""
    storage = settings.dagster_home / "storage"
    runs = (
        _POSTGRES.format(variable=POSTGRES_VARIABLE)
        if settings.dagster_storage == "postgres"
        else _SQLITE.format(storage=storage)
    )
    return _CONFIGURATION.format(runs=runs, storage=storage, data_dir=settings.data_dir)
