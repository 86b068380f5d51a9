"""What ServiceNow itself does when rows are written: system columns, defaults, numbers, audit.

Sources: Table API reference, sections 5.3 (sys_audit, sys_audit_delete), 5.5 and 7. The functions
`audit_row` and `deletion_rows` make the same rows without a store, for worlds that build long
histories and insert them in bulk.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from xml.sax.saxutils import escape

from ingestion.instance.clock import Clock, stamp
from ingestion.instance.schema import Schema
from ingestion.instance.store import Row, Store, StoreError

#: The update number that the audit row of a deletion bears (SA).
DELETE_CHECKPOINT = "-1"


def derived_id(*parts: object) -> str:
    """A sys_id that depends on `parts` alone, so that a history is the same however it is reached."""
    return hashlib.md5("\x1f".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def audit_row(
    table: str,
    document: str,
    field: str,
    old: str,
    new: str,
    *,
    at: str,
    by: str,
    checkpoint: int | str,
    occurrence: int = 0,
) -> Row:
    """One `sys_audit` row. `table` is the real class, `by` a user name, `checkpoint` the update number."""
    return {
        "sys_id": derived_id("sys_audit", document, checkpoint, field, at, old, new, occurrence),
        "sys_created_on": at,
        "sys_created_by": by,
        "tablename": table,
        "documentkey": document,
        "fieldname": field,
        "oldvalue": old,
        "newvalue": new,
        "user": by,
        "reason": "",
        "record_checkpoint": str(checkpoint),
        "internal_checkpoint": derived_id("checkpoint", document, checkpoint, at)[:20],
    }


def deletion_rows(schema: Schema, table: str, row: Mapping[str, str], *, at: str, by: str) -> tuple[Row, Row]:
    """The `sys_audit_delete` and the `sys_audit` row that an audited deletion leaves; `table` is the real class."""
    document = row["sys_id"]
    deleted = {
        "sys_id": derived_id("sys_audit_delete", document, at),
        "sys_created_on": at,
        "sys_created_by": by,
        "sys_updated_on": at,
        "sys_updated_by": by,
        "sys_mod_count": "0",
        "tablename": table,
        "documentkey": document,
        "display_value": row[schema.display_column(table)],
        "payload": _payload(table, row),
    }
    audit = audit_row(table, document, "DELETED", "DELETED", "DELETED", at=at, by=by, checkpoint=DELETE_CHECKPOINT)
    return deleted, audit


def _payload(table: str, row: Mapping[str, str]) -> str:
    fields = "".join(f"<{name}>{escape(value)}</{name}>" if value else f"<{name}/>" for name, value in row.items())
    record = f'<{table} action="delete">{fields}</{table}>'
    return f'<?xml version="1.0" encoding="UTF-8"?><record_update>{record}</record_update>'


class Platform:
    """Writes rows as the platform does. `at` is the moment (default: the clock's), `by` a user name."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self._numbers: dict[str, int] = {}
        self._created = 0

    @property
    def schema(self) -> Schema:
        """The schema of the store."""
        return self.store.schema

    def create(self, table: str, values: Mapping[str, str], *, at: datetime | None = None, by: str = "admin") -> str:
        """Inserts a row with system columns, defaults and its next number; answers its sys_id.

        `values` win over all of these. Raises StoreError for an unknown column or a key already there.
        """
        when = stamp(at or self.clock.now())
        with self.store.transaction():
            row = {name: column.default for name, column in self.schema.columns(table).items() if column.default}
            row |= self._system_columns(table, when, by)
            if "number" not in values and (prefix := self.schema.table(table).number_prefix):
                row["number"] = self._next_number(table, prefix)
                if "task_effective_number" in self.schema.columns(table):
                    row["task_effective_number"] = row["number"]
            row |= values
            self.store.insert(row.get("sys_class_name") or table, [row])
        return row["sys_id"]

    def _system_columns(self, table: str, when: str, by: str) -> Row:
        columns = self.schema.columns(table)
        self._created += 1
        row = {"sys_id": derived_id("row", table, when, self._created), "sys_created_on": when, "sys_created_by": by}
        if "sys_updated_on" in columns:
            row |= {"sys_updated_on": when, "sys_updated_by": by, "sys_mod_count": "0"}
        if "sys_domain" in columns:
            row |= {"sys_domain": "global", "sys_domain_path": "/"}
        if "opened_at" in columns:
            row["opened_at"] = when
        if self.schema.is_classed(table):
            row["sys_class_name"] = table
        return row

    def _next_number(self, table: str, prefix: str) -> str:
        if prefix not in self._numbers:
            greatest = self.store.greatest(table, "number", f"{prefix}[0-9]*")
            self._numbers[prefix] = int(greatest[len(prefix) :] or 0) if greatest else 9999
        self._numbers[prefix] += 1
        return f"{prefix}{self._numbers[prefix]:07d}"

    def update(
        self,
        table: str,
        sys_id: str,
        changes: Mapping[str, str],
        *,
        at: datetime | None = None,
        by: str = "admin",
        audit: bool = True,
        touch: bool = True,
    ) -> bool:
        """Changes a row; answers False, with nothing written, where every value is the same already.

        `touch=False` is a script's `autoSysFields(false)`: sys_updated_on, sys_updated_by and
        sys_mod_count stay. `audit=False` is `setWorkflow(false)`: no `sys_audit` row (GR).
        Raises StoreError for an unknown column or where there is no such row.
        """
        when = stamp(at or self.clock.now())
        with self.store.transaction():
            row = self._existing(table, sys_id)
            real = row.get("sys_class_name") or table
            if unknown := [name for name in changes if name not in row]:
                raise StoreError(f"table {real} has no column {', '.join(unknown)}")
            changed = {name: value for name, value in changes.items() if row[name] != value}
            if not changed:
                return False
            checkpoint = int(row.get("sys_mod_count") or 0)
            if touch and "sys_mod_count" in row:
                checkpoint += 1
                system = {"sys_updated_on": when, "sys_updated_by": by, "sys_mod_count": str(checkpoint)}
                self.store.update(table, sys_id, system | changed)
            else:
                self.store.update(table, sys_id, changed)
            if audit:
                for name, value in changed.items():
                    if self.schema.is_audited(real, name):
                        self._audit(real, sys_id, name, row[name], value, at=when, by=by, checkpoint=checkpoint)
        return True

    def reclass(
        self,
        table: str,
        sys_id: str,
        to: str,
        *,
        at: datetime | None = None,
        by: str = "admin",
        audit: bool = True,
    ) -> bool:
        """Makes a row one of the class `to` of its family: columns that `to` lacks are emptied, new ones get defaults.

        The old class shows the row no more, and no tombstone tells of it (reference, section 6).
        Answers False where it is one already. Raises StoreError for another family or no such row.
        """
        with self.store.transaction():
            real = self._existing(table, sys_id).get("sys_class_name") or table
            if (
                to not in self.schema
                or not self.schema.is_classed(real)
                or self.schema.root(to) != self.schema.root(real)
            ):
                raise StoreError(f"a row of {real} cannot become one of {to!r}: that is no class of its family")
            if to == real:
                return False
            old, new = self.schema.columns(real), self.schema.columns(to)
            lost = {name: "" for name in old if name not in new}
            self.update(table, sys_id, {**lost, "sys_class_name": to}, at=at, by=by, audit=audit)
            gained = {name: column.default for name, column in new.items() if name not in old and column.default}
            self.store.update(to, sys_id, gained)
        return True

    def _existing(self, table: str, sys_id: str) -> Row:
        row = self.store.get(table, sys_id)
        if row is None:
            raise StoreError(f"table {table} has no row {sys_id!r}")
        return row

    def _audit(
        self, table: str, document: str, field: str, old: str, new: str, *, at: str, by: str, checkpoint: int | str
    ) -> None:
        occurrence = 0
        while True:
            # The same change twice within a second, as an update that leaves the update number alone can make it.
            row = audit_row(
                table, document, field, old, new, at=at, by=by, checkpoint=checkpoint, occurrence=occurrence
            )
            if self.store.get("sys_audit", row["sys_id"]) is None:
                break
            occurrence += 1
        self.store.insert("sys_audit", [row])

    def delete(
        self, table: str, sys_id: str, *, at: datetime | None = None, by: str = "admin", audit: bool = True
    ) -> Row:
        """Removes a row and answers what it was; with `audit` it leaves its two traces under its real class."""
        with self.store.transaction():
            row = self.store.delete(table, sys_id)
            if audit:
                real = row.get("sys_class_name") or table
                deleted, marker = deletion_rows(self.schema, real, row, at=stamp(at or self.clock.now()), by=by)
                self.store.insert("sys_audit_delete", [deleted])
                self.store.insert("sys_audit", [marker])
        return row

    def undelete(self, table: str, sys_id: str, *, at: datetime | None = None, by: str = "admin") -> None:
        """Puts a deleted row back with its sys_id and its old values, and leaves RECOVERED in `sys_audit` (UD).

        Raises StoreError where no row with that sys_id was deleted from the table.
        """
        row = self.store.deleted.get(sys_id)
        real = row.get("sys_class_name") or table if row else table
        if row is None or table not in self.schema.lineage(real):
            raise StoreError(f"no row {sys_id!r} was deleted from table {table}")
        with self.store.transaction():
            self.store.insert(real, [row])
            self._audit(
                real,
                sys_id,
                "RECOVERED",
                "RECOVERED",
                "RECOVERED",
                at=stamp(at or self.clock.now()),
                by=by,
                checkpoint=row.get("sys_mod_count") or "0",
            )
        del self.store.deleted[sys_id]
