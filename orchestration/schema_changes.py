"""What an instance changed about its tables while a run followed them."""

from dataclasses import dataclass

from ingestion.settings import Settings
from ingestion.warehouse import BOOKKEEPING, connect
from orchestration.state import Runs, StateDatabase


@dataclass(frozen=True)
class SchemaChange:
    """A row of `meta.schema_changes`."""

    instance: str
    table_name: str
    column_name: str
    change: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        values = f" ({self.old} -> {self.new})" if self.old and self.new else ""
        return f"{self.instance}: {self.table_name}.{self.column_name} {self.change}{values}"


def schema_changes_of(settings: Settings, run_id: str) -> list[SchemaChange]:
    """Those found since the run began; none for a run that the state does not know."""
    cycle = Runs(StateDatabase(settings.state_path)).cycle(run_id)
    if cycle is None:
        return []
    with connect(settings, read_only=True) as connection:
        found = connection.execute(
            f'SELECT instance, table_name, column_name, change, "old", "new" FROM {BOOKKEEPING}.schema_changes'
            " WHERE detected_at >= ? ORDER BY ALL",
            [cycle.started_at],
        ).fetchall()
    return [SchemaChange(*row) for row in found]
