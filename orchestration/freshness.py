"""How old the published data may be, by the schedule: late after two ticks without a new version, stale after three."""

from datetime import datetime, timedelta

from ingestion.settings import Settings
from orchestration.schedule import interval
from orchestration.state import Connectors, Publications, StateDatabase
from orchestration.state.transitions import SCHEDULED

LATE_TICKS, STALE_TICKS = 2, 3


def windows(cron: str) -> tuple[timedelta, timedelta]:
    """After how long without a new version the file is late, and stale."""
    tick = interval(cron)
    return LATE_TICKS * tick, STALE_TICKS * tick


def staleness(settings: Settings, now: datetime) -> str | None:
    """Why the published data is stale at `now` (naive UTC), or None.

    Nothing is stale before the first publication: nobody reads it yet. Nor where every connector is
    paused, or waits for credentials or its first sync: then somebody knows.
    """
    database = StateDatabase(settings.state_path)
    last = Publications(database).last()
    synced = [each for each in Connectors(database).all() if each.status in SCHEDULED and not each.is_paused]
    if last is None or not synced:
        return None
    limit = min(windows(each.sync_cron or settings.sync_cron)[1] for each in synced)
    if now - last.published_at <= limit:
        return None
    hours = (now - last.published_at).total_seconds() / 3600
    return (
        f"nothing was published for {hours:.1f} hours (limit {limit.total_seconds() / 3600:.1f}); "
        f"data as of {last.data_as_of} UTC; last run {last.run_id}"
    )
