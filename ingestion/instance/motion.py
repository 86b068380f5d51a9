"""Rows that change at random, as the users of an instance change them: one seeded move at a time.

All writes go through `platform`, so that system columns, audit rows and tombstones are as after any
other write, and the truth is what the rows then say.
"""

import random
import re
from collections.abc import Mapping

from ingestion.instance.conditions import MAIN
from ingestion.instance.indexes import quoted
from ingestion.instance.platform import Platform
from ingestion.instance.schema import Schema
from ingestion.instance.store import Row
from ingestion.instance.timestamps import moment_of, stamp

MOVES = ("update", "insert", "delete", "reclass")
#: Columns that an update writes a new text to: the first one that the table has.
_TEXTS = ("short_description", "description", "comments", "details", "title", "name", "label", "display_value")
#: What a new ticket takes over from an older one; all else of it begins anew.
_OF_A_TICKET = (
    "short_description", "description", "category", "subcategory", "impact", "urgency", "priority", "assignment_group",
    "caller_id", "opened_by", "cmdb_ci", "business_service", "contact_type", "company", "location", "incident",
    "change_request", "type", "risk",
)  # fmt: skip
#: Rows that go with a ticket, and the column that names it.
_DEPENDENTS = {"task_sla": "task", "task_ci": "task", "incident_task": "incident"}
_REGROUPED = 0.4


def delete_with_dependents(platform: Platform, table: str, sys_id: str, *, audit: bool) -> None:
    """Deletes a row and, of a ticket, what hangs on it. Raises StoreError where there is no such row."""
    with platform.store.transaction():
        platform.delete(table, sys_id, audit=audit)
        if platform.schema.root(table) != "task":
            return
        for dependent, column in _DEPENDENTS.items():
            for (found,) in platform.store.fetch_columns(dependent, ["sys_id"], [sys_id], key=column):
                platform.delete(dependent, found, by="system", audit=audit)


def check_move(schema: Schema, move: str, table: str, values: Mapping[str, str], to: str) -> None:
    """Raises ValueError or KeyError for a move that the table's rows cannot make."""
    columns = schema.columns(table)
    if move not in MOVES:
        raise ValueError(f"no move {move!r}; there are {', '.join(MOVES)}")
    if unknown := values.keys() - columns.keys():
        raise ValueError(f"table {table} has no column {', '.join(sorted(unknown))}")
    if move == "update" and schema.table(schema.root(table)).insert_only:
        raise ValueError(f"rows of {table} are never updated")
    if move == "update" and not values and not any(name in columns for name in _TEXTS):
        raise ValueError(f"say which values an update of {table} sets: it has no text column to change")
    if move == "reclass" and not schema.is_classed(table):
        raise ValueError(f"rows of {table} have no class to change")
    if to and schema.root(to) != schema.root(table):
        raise ValueError(f"a row of {table} cannot become one of {to}: they are not of one family")


class Mover:
    """Makes moves in one table: what they hit and what they write depends on `seed` and the rows alone."""

    def __init__(self, seed: str, table: str, values: Mapping[str, str] | None = None, to: str = "") -> None:
        self._random = random.Random(seed)
        self._table = table
        self._values = dict(values or {})
        self._to = to
        self._made = 0

    def move(self, platform: Platform, move: str, at: int, *, audit: bool = True, touch: bool = True) -> str:
        """One move at the moment `at` (seconds since 1970); the sys_id it touched, '' where no row can make it.

        A row that was updated after `at` is not updated: `sys_updated_on` never goes back.
        """
        with platform.store.transaction():
            self._made += 1
            if move == "insert":
                return self._insert(platform, at)
            sys_id = self._pick(platform, self._table, at if move != "delete" else None)
            if not sys_id:
                return ""
            if move == "delete":
                delete_with_dependents(platform, self._table, sys_id, audit=audit)
                return sys_id
            row = platform.store.get(self._table, sys_id) or {}
            if move == "reclass":
                to = self._to or self._other_class(platform.schema, row["sys_class_name"])
                done = platform.reclass(self._table, sys_id, to, at=moment_of(at), audit=audit)
            else:
                changes = self._values or self._changes(platform, row)
                done = platform.update(self._table, sys_id, changes, at=moment_of(at), audit=audit, touch=touch)
            return sys_id if done else ""

    def _pick(self, platform: Platform, table: str, unchanged_since: int | None = None) -> str:
        """A row at random: the first one from a random sys_id on."""
        store = platform.store
        visible, parameters = store.visible(table, MAIN)
        condition, given = visible, list(parameters)
        if unchanged_since is not None and "sys_updated_on" in store.schema.columns(table):
            condition += f" AND {MAIN}.sys_updated_on <= ?"
            given.append(stamp(unchanged_since))
        start = f"{self._random.getrandbits(128):032x}"
        for first in (start, ""):
            found = store.fetch(
                f"SELECT {MAIN}.sys_id FROM {quoted(store.schema.root(table))} {MAIN}"
                f" WHERE {condition} AND {MAIN}.sys_id >= ? ORDER BY {MAIN}.sys_id LIMIT 1",
                (*given, first),
            )
            if found:
                return str(found[0][0])
        return ""

    def _insert(self, platform: Platform, at: int) -> str:
        pattern = self._pick(platform, self._table)
        row = platform.store.get(self._table, pattern) if pattern else None
        return platform.create(self._table, {**self._like(platform, row or {}), **self._values}, at=moment_of(at))

    def _like(self, platform: Platform, row: Row) -> Row:
        """The values of a new row that resembles an older one."""
        columns = platform.schema.columns(self._table)
        if "opened_at" in columns:
            return {name: row[name] for name in _OF_A_TICKET if name in columns and row.get(name)}
        kept = (name for name in columns if not name.startswith("sys_") or name in ("sys_domain", "sys_class_path"))
        values = {name: row[name] for name in kept if name != "number" and row.get(name)}
        if "user_name" in values:
            values["user_name"] = _numbered(values["user_name"], self._made)
        return values

    def _changes(self, platform: Platform, row: Row) -> Row:
        """What a user might change: the group of a ticket, or a text."""
        if "reassignment_count" in row and self._random.random() < _REGROUPED:
            group = self._pick(platform, "sys_user_group")
            if group and group != row["assignment_group"]:
                count = int(row["reassignment_count"] or 0) + bool(row["assignment_group"])
                return {"assignment_group": group, "reassignment_count": str(count)}
        name = next(name for name in _TEXTS if name in row)
        return {name: _numbered(row[name], self._made)}

    def _other_class(self, schema: Schema, real: str) -> str:
        base = "cmdb_ci" if "cmdb_ci" in schema.lineage(real) else schema.root(real)
        others = [name for name in schema.descendants(base) if name not in (base, real)]
        return others[self._random.randrange(len(others))]


def _numbered(text: str, number: int) -> str:
    return re.sub(r" \[\d+\]$", "", text) + f" [{number}]"
