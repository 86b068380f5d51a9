"""Dagster's home under the data directory: its configuration, runs and schedules."""

from ingestion.settings import Settings

_CONFIGURATION = """\
# Written by Ticketlake at every start; changes are lost.
telemetry:
  enabled: false
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
nux:
  enabled: false
"""


def write_dagster_home(settings: Settings) -> None:
    """Make the directory that `DAGSTER_HOME` names and its `dagster.yaml`."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    text = _CONFIGURATION.format(storage=settings.dagster_home / "storage", data_dir=settings.data_dir)
    path = settings.dagster_home / "dagster.yaml"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
