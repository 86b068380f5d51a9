"""Rules on age: how long ago a table was read, and how long ago its rows changed at the source."""

from collections.abc import Iterator

from ingestion.settings import Settings
from ingestion.warehouse import BOOKKEEPING, RAW, sql_text
from orchestration.quality import thresholds
from orchestration.quality.rules import TableRule
from orchestration.schedule import interval
from orchestration.state import utc_now


def freshness_rules(name: str, settings: Settings, *, changes_daily: bool) -> Iterator[TableRule]:
    """`hours_since_sync` where configured instances read the table; `hours_since_change` where it `changes_daily`.

    A sync is dated by the real clock, a change by the settings' now, as everything about ages is.
    """
    readers = [instance.name for instance in settings.instances.values() if name in instance.tables]
    if readers:
        listed = ", ".join(f"'{sql_text(reader)}'" for reader in sorted(readers))
        seen = (
            f"SELECT instance, max(last_synced_at) AS seen_at FROM {BOOKKEEPING}.coverage"
            f" WHERE table_name = '{name}' AND status = 'synced' AND instance IN ({listed}) GROUP BY instance"
        )
        late = sync_hours(settings)
        age = f"epoch(TIMESTAMP '{utc_now()}' - seen_at) / 3600"
        yield TableRule(
            "hours_since_sync",
            "hours since the table was last read of the instance that was left behind most",
            "warning",
            late,
            value=f"SELECT greatest(0, max({age})) FROM ({seen})",
            samples=f"SELECT instance AS key FROM ({seen}) WHERE {age} > {late}",
            needs_tables=frozenset({f"{BOOKKEEPING}.coverage"}),
        )
    if changes_daily:
        newest = f"SELECT instance, max(sys_updated_on) AS changed_at FROM {RAW}.{name} GROUP BY instance"
        age = f"epoch(TIMESTAMP '{settings.now()}' - changed_at) / 3600"
        yield TableRule(
            "hours_since_change",
            "hours between now and the newest sys_updated_on of the instance whose newest is oldest",
            "warning",
            thresholds.STALE_HOURS,
            value=f"SELECT greatest(0, max({age})) FROM ({newest})",
            samples=f"SELECT instance AS key FROM ({newest}) WHERE {age} > {thresholds.STALE_HOURS}",
            needs=frozenset({"instance", "sys_updated_on"}),
        )


def sync_hours(settings: Settings) -> float:
    """Hours after which a table counts as left behind: some ticks of the schedule, but at least a day."""
    ticks = interval(settings.sync_cron) * thresholds.MISSED_TICKS
    return max(ticks.total_seconds() / 3600, thresholds.SYNC_STALE_HOURS)
