"""Display values: what a user sees instead of the stored value (Table API reference, section 1.2)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ingestion.instance.clock import STAMP
from ingestion.instance.field_types import DURATION_TYPES, JOURNAL_TYPES, NUMERIC_TYPES, REFERENCE_TYPES
from ingestion.instance.moments import GMT
from ingestion.instance.schema import Column
from ingestion.instance.store import Row, Store

_EPOCH = datetime(1970, 1, 1)
_JOURNAL_LABELS = {"comments": "Additional comments", "work_notes": "Work notes"}
_UNKNOWN_DUE = "UNKNOWN"


@dataclass(frozen=True)
class UserFormat:
    """How the calling user sees moments; the formats are `strftime` ones."""

    zone: ZoneInfo = GMT
    date: str = "%Y-%m-%d"
    time: str = "%H:%M:%S"

    def moment(self, value: str) -> str:
        """A stored UTC moment in the user's zone and format; text that is none as it is."""
        if self == _AS_STORED:
            return value
        try:
            moment = datetime.strptime(value, STAMP)
        except ValueError:
            return value
        return moment.replace(tzinfo=UTC).astimezone(self.zone).strftime(f"{self.date} {self.time}")

    def day(self, value: str) -> str:
        """A stored date in the user's format."""
        try:
            return datetime.strptime(value, "%Y-%m-%d").strftime(self.date)
        except ValueError:
            return value

    def clock_time(self, value: str) -> str:
        """The time of a stored `glide_time`, in the user's zone."""
        shown = self.moment(value)
        return shown.partition(" ")[2] or shown


_AS_STORED = UserFormat()


def duration(value: str) -> str:
    """`1970-01-02 04:23:17` as `1 Day 4 Hours 23 Minutes`: seconds only where there is nothing else."""
    try:
        seconds = int((datetime.strptime(value, STAMP) - _EPOCH).total_seconds())
    except ValueError:
        return value
    parts = []
    for unit, size in (("Day", 86400), ("Hour", 3600), ("Minute", 60)):
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number} {unit}{'s' if number > 1 else ''}")
    return " ".join(parts) or f"{seconds} Second{'' if seconds == 1 else 's'}"


def _grouped(value: str) -> str:
    whole, dot, fraction = value.partition(".")
    try:
        return f"{int(whole):,}{dot}{fraction}"
    except ValueError:
        return value


@dataclass
class Displays:
    """Display values for the rows of one answer; what it looks up it keeps until the answer is made."""

    store: Store
    format: UserFormat
    _names: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)
    _choices: dict[str, dict[tuple[str, str, str], str]] = field(default_factory=dict)
    _journals: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    def names(self, column: Column, values: Iterable[str]) -> Mapping[str, str]:
        """Display values of references, by value. A value that leads nowhere shows as ''."""
        table, key = column.reference, column.reference_key
        known = self._names.setdefault((table, key, column.type), {})
        missing = {value for value in values if value and value not in known}
        if missing:
            wanted = self.store.schema.display_column(table)
            found: dict[str, str] = dict(self.store.fetch_columns(table, [key, wanted], list(missing), key))
            # Values such as `global` are their own display value; a dead sys_id has none.
            known |= {value: found.get(value, "" if len(value) == 32 else value) for value in missing}
        return known

    def choices(self, table: str) -> Mapping[tuple[str, str, str], str]:
        """Labels of a table's choices by (element, value, value it depends on)."""
        if table not in self._choices:
            labels: dict[tuple[str, str, str], str] = {}
            settled: set[str] = set()
            for name in self.store.schema.lineage(table):
                own = set()
                rows = self.store.fetch(
                    "SELECT element, value, dependent_value, label FROM sys_choice"
                    " WHERE name = ? AND language IN ('en', '') ORDER BY inactive = 'true'",
                    (name,),
                )
                for element, value, dependent, label in rows:
                    # A table's own list replaces the inherited one.
                    if element not in settled:
                        own.add(element)
                        labels.setdefault((element, value, dependent), label)
                settled |= own
            self._choices[table] = labels
        return self._choices[table]

    def value(self, table: str, column: Column, row: Row, sys_id: str) -> str:
        """What a user sees of one field of a row of `table`."""
        value, kind = row[column.name], column.type
        if kind in JOURNAL_TYPES:
            return self._journal(column.name, sys_id)
        if kind == "due_date":
            return self.format.moment(value) if value else _UNKNOWN_DUE
        if not value:
            return ""
        if kind in REFERENCE_TYPES:
            return self.names(column, (value,))[value]
        if kind == "glide_list":
            items = [item for item in value.split(",") if item]
            names = self.names(column, items)
            return ", ".join(names[item] or item for item in items)
        if label := self._label(table, column, row):
            return label
        return self._typed(kind, value)

    def _label(self, table: str, column: Column, row: Row) -> str:
        choices = self.choices(row.get("sys_class_name") or table)
        label = choices.get((column.name, row[column.name], ""))
        if label is None and column.name == "subcategory":
            label = choices.get((column.name, row[column.name], row.get("category", "")))
        return label or ""

    def _typed(self, kind: str, value: str) -> str:
        if kind == "glide_date_time":
            return self.format.moment(value)
        if kind == "glide_date":
            return self.format.day(value)
        if kind == "glide_time":
            return self.format.clock_time(value)
        if kind in DURATION_TYPES:
            return duration(value)
        if kind in ("currency", "price"):
            return f"${_grouped(value)}"
        if kind in NUMERIC_TYPES:
            return _grouped(value)
        if kind == "sys_class_name" and value in self.store.schema:
            return self.store.schema.table(value).label
        return "********" if kind in ("password", "password2") else value

    def read_journals(self, sys_ids: Iterable[str]) -> None:
        """Reads the entries of many records at once."""
        missing = [sys_id for sys_id in sys_ids if sys_id not in self._journals]
        if not missing:
            return
        self._journals |= {sys_id: [] for sys_id in missing}
        rows = self.store.fetch(
            "SELECT element_id, sys_created_on, sys_created_by, element, value FROM sys_journal_field"
            " WHERE element_id COLLATE NOCASE IN (SELECT value FROM json_each(?))"
            " ORDER BY sys_created_on DESC, rowid DESC",
            (json.dumps(missing),),
        )
        for sys_id, *entry in rows:
            self._journals[sys_id].append(tuple(entry))

    def _journal(self, element: str, sys_id: str) -> str:
        self.read_journals([sys_id])
        elements = ("comments", "work_notes") if element == "comments_and_work_notes" else (element,)
        return "".join(
            f"{self.format.moment(at)} - {by} ({_JOURNAL_LABELS.get(name, name)})\n{text}\n\n"
            for at, by, name, text in self._journals[sys_id]
            if name in elements
        )
