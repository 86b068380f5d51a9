"""Many writes at once, with the same result as `platform.Platform` writing them one by one.

A world writes the history of years in one go, or two hours of it at a time. Either way each record's
events are applied in memory, in their order, and only what remains is stored: final rows and the
audit rows of every change.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ingestion.instance.platform import audit_row, deletion_rows
from ingestion.instance.store import Row, Store
from ingestion.instance.timestamps import stamp


@dataclass(slots=True)
class _Record:
    """A row on its way: `changes` is what an update must write, None for a row that is new."""

    table: str
    row: Row
    changes: Row | None = None


@dataclass(slots=True)
class _TableFacts:
    """What every write to a table asks of the schema, looked up once."""

    template: Row
    audited: frozenset[str]
    is_stamped: bool


class UnitOfWork:
    """Collects creations, updates and deletions until `flush`. Moments are seconds since 1970.

    An update or deletion of a record that is no longer there is passed over: somebody else removed it,
    and life goes on without it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._facts: dict[str, _TableFacts] = {}
        self._records: dict[str, _Record] = {}
        self._gone: dict[str, str] = {}
        self._audits: list[Row] = []
        self._tombstones: list[Row] = []

    def __len__(self) -> int:
        """Rows that wait to be stored."""
        return len(self._records) + len(self._audits)

    def create(self, table: str, sys_id: str, values: Mapping[str, str], at: int, by: str) -> None:
        """A new row: the table's defaults, the system columns, and `values` over both."""
        facts = self._facts_of(table)
        when = stamp(at)
        row = facts.template.copy()
        row["sys_id"] = sys_id
        row["sys_created_on"] = when
        row["sys_created_by"] = by
        if facts.is_stamped:
            row["sys_updated_on"] = when
            row["sys_updated_by"] = by
            row["sys_mod_count"] = "0"
        row.update(values)
        self._records[sys_id] = _Record(table, row)

    def update(self, table: str, sys_id: str, changes: Mapping[str, str], at: int, by: str) -> None:
        """Changes a row and audits it. Empty `changes` are a journal entry: they move the system columns alone."""
        record = self._record(table, sys_id)
        if record is None:
            return
        row, facts, when = record.row, self._facts_of(record.table), stamp(at)
        changed = {name: value for name, value in changes.items() if row[name] != value}
        if changes and not changed:
            return
        checkpoint = int(row["sys_mod_count"] or 0) + 1
        for name, value in changed.items():
            if name in facts.audited:
                self._audits.append(
                    audit_row(record.table, sys_id, name, row[name], value, at=when, by=by, checkpoint=checkpoint)
                )
        changed["sys_updated_on"] = when
        changed["sys_updated_by"] = by
        changed["sys_mod_count"] = str(checkpoint)
        row.update(changed)
        if record.changes is not None:
            record.changes.update(changed)

    def delete(self, table: str, sys_id: str, at: int, by: str, *, audit: bool) -> None:
        """Removes a row; with `audit` it leaves its tombstone and its marker."""
        record = self._record(table, sys_id)
        if record is None:
            return
        if audit:
            tombstone, marker = deletion_rows(self._store.schema, record.table, record.row, at=stamp(at), by=by)
            self._tombstones.append(tombstone)
            self._audits.append(marker)
        del self._records[sys_id]
        if record.changes is not None:
            self._gone[sys_id] = table

    def knows(self, table: str, sys_id: str) -> bool:
        """Whether the record is there: stored, or on its way."""
        return self._record(table, sys_id) is not None

    def flush(self) -> None:
        """Stores everything collected so far, all of it or nothing."""
        inserts: dict[str, list[Row]] = {}
        with self._store.transaction():
            for sys_id, table in self._gone.items():
                self._store.delete(table, sys_id)
            for sys_id, record in self._records.items():
                if record.changes is None:
                    inserts.setdefault(record.table, []).append(record.row)
                else:
                    self._store.update(record.table, sys_id, record.changes)
            for table, rows in inserts.items():
                self._store.insert(table, rows)
            self._store.insert("sys_audit", self._audits)
            self._store.insert("sys_audit_delete", self._tombstones)
        self._records.clear()
        self._gone.clear()
        self._audits.clear()
        self._tombstones.clear()

    def _record(self, table: str, sys_id: str) -> _Record | None:
        record = self._records.get(sys_id)
        if record is None and sys_id not in self._gone:
            row = self._store.get(table, sys_id)
            if row is not None:
                record = self._records[sys_id] = _Record(row.get("sys_class_name") or table, row, {})
        return record

    def _facts_of(self, table: str) -> _TableFacts:
        facts = self._facts.get(table)
        if facts is None:
            schema = self._store.schema
            columns = schema.columns(table)
            template = {name: column.default for name, column in columns.items()}
            if "sys_domain" in columns:
                template |= {"sys_domain": "global", "sys_domain_path": "/"}
            if schema.is_classed(table):
                template["sys_class_name"] = table
            audited = frozenset(name for name in columns if schema.is_audited(table, name))
            facts = self._facts[table] = _TableFacts(template, audited, "sys_updated_on" in columns)
        return facts
