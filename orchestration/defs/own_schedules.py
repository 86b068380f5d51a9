"""Connectors that have a schedule of their own: the job's schedule leaves them to this sensor."""

from datetime import datetime

import dagster as dg

from ingestion.errors import ConfigurationError
from ingestion.settings import Settings
from orchestration.connectors import targets_of
from orchestration.defs.jobs import cycle
from orchestration.defs.ticks import tick
from orchestration.schedule import next_tick
from orchestration.state import Connectors, StateDatabase, utc_now

_SECONDS = 60


def due(database: StateDatabase, after: datetime, now: datetime) -> list[str]:
    """Connectors, by name, whose own schedule came round in between (naive UTC); once, however often it did."""
    return [
        connector.name
        for connector in Connectors(database).all()
        if connector.sync_cron and not connector.is_paused and next_tick(connector.sync_cron, after) <= now
    ]


def sensor(settings: Settings) -> dg.SensorDefinition:
    """Looks once a minute; its cursor is when it last looked. A change of schedule takes effect at once."""
    database = StateDatabase(settings.state_path)

    @dg.sensor(
        job=cycle,
        name="own_schedules",
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Runs the job for connectors that have a schedule of their own",
    )
    def own_schedules(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = utc_now()
        after = datetime.fromisoformat(context.cursor) if context.cursor else now
        ready, reasons = [], []
        for name in due(database, after, now):
            try:
                targets_of(settings, database, [name])
            except ConfigurationError as error:
                reasons.append(str(error))
            else:
                ready.append(name)
        ticks = [tick(context.instance, settings, f"{name} {now.isoformat()}", [name], [name]) for name in ready]
        runs = [each for each in ticks if isinstance(each, dg.RunRequest)]
        reasons += [each.skip_message for each in ticks if isinstance(each, dg.SkipReason) and each.skip_message]
        return dg.SensorResult(
            run_requests=runs,
            skip_reason=None if runs else dg.SkipReason("; ".join(reasons) or "no schedule came round"),
            cursor=now.isoformat(),
        )

    return own_schedules
