"""Which tickets a pipeline must hold: those of the contract's sections 4 (window) and 7 (retention).

Reckoned from the rows of the instance alone, row by row, so that it can judge what SQL made of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.instance.store import Row, Store
from ingestion.instance.timestamps import epoch_seconds, stamp

HISTORY_MONTHS = 13
RETENTION_DAYS = 400
#: States of an incident that is not open: resolved, closed, cancelled.
ENDED_STATES = frozenset({"6", "7", "8"})
#: Tables whose rows are read from the start of the history on, and those read whole, that refer to tickets.
_WINDOWED = ("task_sla", "cmdb_ci_outage")
_WHOLE = ("task_ci", "kb_knowledge")


@dataclass(frozen=True)
class Window:
    """Start of the history (fixed at the first sync) and start of the retention, as raw times."""

    history_start: str
    retention_start: str

    @classmethod
    def of(cls, first_sync: datetime, now: datetime) -> "Window":
        """13 calendar months before the first sync, and 400 days before `now`."""
        return cls(
            stamp(epoch_seconds(_months_before(first_sync, HISTORY_MONTHS))),
            stamp(epoch_seconds(now - timedelta(days=RETENTION_DAYS))),
        )

    def has_expired(self, ticket: Row) -> bool:
        """Whether retention has dropped the ticket."""
        if ticket["sys_class_name"] == "incident":
            is_open = ticket["state"] not in ENDED_STATES
        else:
            is_open = ticket["active"] == "true"
        ended = ticket["closed_at"] or ticket.get("resolved_at", "") or ticket["sys_updated_on"]
        return not is_open and ended < self.retention_start

    def shows(self, ticket: Row) -> bool:
        """Whether the first sync reads the ticket for its own sake."""
        return ticket["sys_updated_on"] >= self.history_start or ticket["active"] == "true"


def incidents_in_scope(store: Store, window: Window) -> Iterator[Row]:
    """Live incidents that have not expired and are in the window, or are referred to by rows that are kept."""
    outside: dict[str, Row] = {}
    for table in _ticket_classes(store):
        for row in store.rows(table):
            if row["sys_class_name"] != table or window.has_expired(row):
                continue
            if not window.shows(row):
                outside[row["sys_id"]] = row
            elif table == "incident":
                yield row
    if outside:
        yield from (row for row in _referred(store, window, outside) if row["sys_class_name"] == "incident")


def _ticket_classes(store: Store) -> list[str]:
    return [name for name in store.schema.descendants("task") if name != "task"]


def _referred(store: Store, window: Window, outside: dict[str, Row]) -> Iterator[Row]:
    """Rows of `outside` that kept rows refer to, and those that these refer to."""
    found: list[Row] = []
    classes = _ticket_classes(store)
    references = {table: _references(store, table) for table in (*_WHOLE, *_WINDOWED, *classes)}

    def look(table: str, row: Row) -> None:
        named = (row[name] for name in references[table])
        found.extend(outside.pop(sys_id) for sys_id in named if sys_id in outside)

    for table in _WHOLE:
        for row in store.rows(table):
            look(table, row)
    for table in _WINDOWED:
        for row in store.rows(table):
            if row["sys_updated_on"] >= window.history_start:
                look(table, row)
    for table in classes:
        for row in store.rows(table):
            if window.shows(row) and not window.has_expired(row):
                look(table, row)
    while found:
        row = found.pop()
        yield row
        look(row["sys_class_name"], row)


def _references(store: Store, table: str) -> list[str]:
    return [name for name, column in store.schema.columns(table).items() if column.type == "reference"]


def _months_before(moment: datetime, months: int) -> datetime:
    """Calendar months back; the day is cut to the last one of a shorter month."""
    index = moment.year * 12 + moment.month - 1 - months
    first = datetime(index // 12, index % 12 + 1, 1)
    following = (first + timedelta(days=32)).replace(day=1)
    last_day = (following - timedelta(days=1)).day
    return moment.replace(year=first.year, month=first.month, day=min(moment.day, last_day))
