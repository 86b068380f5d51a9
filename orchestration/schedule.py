"""When the schedule comes round: five-field cron expressions, read in UTC."""

from datetime import UTC, datetime, timedelta

from croniter import CroniterBadCronError, CroniterBadDateError, croniter  # type: ignore[import-untyped]

from ingestion.errors import ConfigurationError
from orchestration.state import Connector, utc_now


def next_tick(cron: str, after: datetime | None = None) -> datetime:
    """The first tick after a time (naive UTC, default the real now).

    Raises ConfigurationError where the expression is not valid or never comes round.
    """
    return _ticks(cron, after or utc_now(), 1)[0]


def tick_of(connector: Connector, cron: str) -> datetime | None:
    """When the schedule comes back to a connector: by its own expression, else by `cron`; never to a paused one."""
    return None if connector.is_paused else next_tick(connector.sync_cron or cron)


def interval(cron: str) -> timedelta:
    """The time between the next two ticks."""
    first, second = _ticks(cron, utc_now(), 2)
    return second - first


def _ticks(cron: str, after: datetime, count: int) -> list[datetime]:
    try:
        if len(cron.split()) != 5:
            raise CroniterBadCronError("not five fields")
        ticks = croniter(cron, after.replace(tzinfo=UTC))
        return [ticks.get_next(datetime).replace(tzinfo=None) for _ in range(count)]
    except (CroniterBadCronError, CroniterBadDateError) as error:
        raise ConfigurationError(
            f"sync_cron={cron!r} is not a cron expression such as '0 */2 * * *': {error}"
        ) from None
