"""Sensors that tell somebody: a run failed, the published data went stale, it is fresh again.

They are there where `[alerts]` names a channel.
"""

import dagster as dg

from ingestion.settings import Settings
from orchestration.alerts import Alert, send
from orchestration.defs import backfill, jobs
from orchestration.freshness import staleness
from orchestration.run_report import report_path
from orchestration.state import Runs, StateDatabase, utc_now

_SECONDS = 60


def sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """None without a channel."""
    return [_run_failure(settings), _freshness(settings)] if settings.alerts else []


def failure_alert(settings: Settings, run_id: str, job: str, message: str) -> Alert | None:
    """What to say of a run that Dagster calls failed; None for a tick that was skipped, which is no failure."""
    cycle = Runs(StateDatabase(settings.state_path)).cycle(run_id)
    if cycle is not None and cycle.status == "skipped":
        return None
    said = (cycle and cycle.error) or message
    report = report_path(settings, run_id)
    lines = [said, *([f"report: {report}"] if report.is_file() else [])]
    code = f" with exit code {cycle.exit_code}" if cycle and cycle.exit_code else ""
    return Alert("run_failed", f"{cycle.kind if cycle else job} run failed{code}", "\n".join(lines), run_id)


def _run_failure(settings: Settings) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="run_failure_alert",
        monitored_jobs=[jobs.cycle, backfill.job(settings)],
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells of each run that failed",
    )
    def run_failure_alert(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        run = context.dagster_run
        alert = failure_alert(settings, run.run_id, run.job_name, context.failure_event.message or "no message")
        if alert is None:
            return dg.SkipReason(f"run {run.run_id} is a tick that was skipped")
        send(settings.alerts, alert)
        return None

    return run_failure_alert


def _freshness(settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        name="freshness_alert",
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells once that the published data is stale, and once that it is fresh again",
    )
    def freshness_alert(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        stale = staleness(settings, utc_now())
        was_stale = context.cursor == "stale"
        if stale and not was_stale:
            send(settings.alerts, Alert("stale", "the published data is stale", stale))
        elif was_stale and not stale:
            send(settings.alerts, Alert("fresh_again", "the published data is fresh again", ""))
        return dg.SensorResult(
            skip_reason=dg.SkipReason(stale or "the published data is fresh"), cursor="stale" if stale else "fresh"
        )

    return freshness_alert
