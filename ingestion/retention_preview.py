"""What retention would take out now, by the same judgements, over a warehouse that is opened for reading only."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import duckdb

from ingestion.retention import begin_judging, judgements, note_expired
from ingestion.seen_changes import SEEN
from ingestion.settings import InstanceSettings, Settings
from ingestion.warehouse import RAW

#: Ids shown of each table. A sys_id says nothing of a person, unlike a number or a title.
SAMPLE = 5


@dataclass(frozen=True)
class Expiring:
    """Rows of one table that would go. `oldest` and `newest` are the moments their age goes by (naive UTC)."""

    instance: str
    table_name: str
    rows: int
    oldest: datetime | None
    newest: datetime | None
    reason: str
    sample: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As JSON types; times as `YYYY-MM-DD HH:MM:SS`."""
        times = {name: moment and str(moment) for name, moment in (("oldest", self.oldest), ("newest", self.newest))}
        return {**asdict(self), **times, "sample": list(self.sample)}

    def __str__(self) -> str:
        ids = ", ".join(self.sample) + (", ..." if self.rows > len(self.sample) else "")
        return (
            f"{self.instance} {self.table_name}: {self.rows:,} rows of {self.oldest} to {self.newest} "
            f"({self.reason}): {ids}"
        )


def preview(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Expiring]:
    """A line per instance and table that would lose rows; `retention.apply` would take out just these."""
    cutoff = settings.retention_start()
    return [line for instance in settings.instances.values() for line in _of_instance(connection, instance, cutoff)]


def _of_instance(connection: duckdb.DuckDBPyConnection, instance: InstanceSettings, cutoff: datetime) -> list[Expiring]:
    begin_judging(connection)
    lines = []
    for judgement in judgements(instance, cutoff):
        found = f"{RAW}.{judgement.table} WHERE instance = $instance AND ({judgement.condition})"
        lines.append(_line(connection, instance.name, judgement.table, found, judgement.ended_at, judgement.reason))
        note_expired(connection, instance.name, judgement)
    changes = f"{SEEN} WHERE instance = $instance AND sys_id IN (SELECT sys_id FROM expired_tickets)"
    lines.append(_line(connection, instance.name, "seen_changes", changes, "changed_at", "its ticket expired"))
    return [line for line in lines if line.rows]


def _line(
    connection: duckdb.DuckDBPyConnection, instance: str, table: str, found: str, moment: str, reason: str
) -> Expiring:
    rows, oldest, newest, sample = connection.execute(
        f"SELECT count(*), min({moment}), max({moment}), list(DISTINCT sys_id ORDER BY sys_id)[:{SAMPLE}] FROM {found}",
        {"instance": instance},
    ).fetchall()[0]
    return Expiring(instance, table, rows, oldest, newest, reason, tuple(sample or ()))
