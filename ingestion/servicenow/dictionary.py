"""The instance's own description of its tables: what extends what, and which column has which type.

Source: `sys_db_object`, `sys_dictionary` and `sys_glide_object`, Table API reference, section 5.3.
A child table's dictionary holds only its own columns, so columns are gathered up the hierarchy.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from ingestion.servicenow.catalogue import SECRET_TYPES, TableSpec

TIMESTAMP = pa.timestamp("us")
DURATION_TYPES = frozenset({"glide_duration", "timer"})

_ARROW_TYPES: Mapping[str, pa.DataType] = {
    **dict.fromkeys(("integer", "longint", "long", "order_index"), pa.int64()),
    **dict.fromkeys(("decimal", "float", "double", "percent_complete", "currency", "price"), pa.float64()),
    "boolean": pa.bool_(),
    **dict.fromkeys(("glide_date_time", "due_date", "datetime"), TIMESTAMP),
    **dict.fromkeys(("glide_date", "date"), pa.date32()),
    **dict.fromkeys(DURATION_TYPES, pa.int64()),
}
#: What a type unknown here is stored as, by its `sys_glide_object.scalar_type`. Other scalars are text:
#: nothing is lost in text.
_SCALAR_TYPES: Mapping[str, str] = {
    "integer": "integer",
    "longint": "integer",
    "boolean": "boolean",
    "decimal": "decimal",
    "float": "decimal",
    "datetime": "glide_date_time",
    "date": "glide_date",
}


def arrow_type(kind: str) -> pa.DataType:
    """The raw layer's type of a ServiceNow type; text where it is none of the typed ones."""
    return _ARROW_TYPES.get(kind, pa.string())


def is_text(kind: str) -> bool:
    """Whether values of a ServiceNow type are stored as they come."""
    return arrow_type(kind) == pa.string()


@dataclass(frozen=True)
class Column:
    """A column as the dictionary has it; `reference` is the target table's name or empty."""

    name: str
    kind: str
    label: str = ""
    reference: str = ""


class Dictionary:
    """Hierarchy and columns of one instance.

    `objects`, `entries` and `types` are rows of `sys_db_object`, `sys_dictionary` and
    `sys_glide_object` with raw values (text, or None where empty).
    """

    def __init__(
        self,
        objects: Iterable[Mapping[str, str | None]],
        entries: Iterable[Mapping[str, str | None]],
        types: Iterable[Mapping[str, str | None]] = (),
    ) -> None:
        rows = list(objects)
        name_of = {row["sys_id"]: row["name"] for row in rows}
        self._parent: dict[str, str] = {}
        for row in rows:
            parent = row.get("super_class")
            # By sys_id as the reference says; some instances answer the name.
            if row["name"] and parent:
                self._parent[row["name"]] = name_of.get(parent) or parent
        self._tables = {row["name"] for row in rows if row["name"]}
        self._scalar = {row["name"]: row.get("scalar_type") for row in types}
        self._own: dict[str, dict[str, Column]] = {}
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Mapping[str, str | None]) -> None:
        table, name, kind = entry.get("name"), entry.get("element"), entry.get("internal_type")
        if not table or not name or not kind or kind == "collection" or entry.get("active") == "false":
            return
        column = Column(name, self._known(kind), entry.get("column_label") or name, entry.get("reference") or "")
        self._own.setdefault(table, {})[name] = column

    def _known(self, kind: str) -> str:
        """The type itself where the raw layer or the secrets list knows it, else by its scalar type."""
        if kind in _ARROW_TYPES or kind in SECRET_TYPES:
            return kind
        return _SCALAR_TYPES.get(self._scalar.get(kind) or "", kind)

    def chain(self, table: str) -> list[str]:
        """The table and its ancestors, nearest first."""
        found = [table]
        while (parent := self._parent.get(found[-1])) and parent not in found:
            found.append(parent)
        return found

    def descendants(self, table: str) -> set[str]:
        """The table and every table that extends it, at any depth."""
        return {table} | {name for name in self._parent if table in self.chain(name)}

    def describes(self, table: str) -> bool:
        """Whether the dictionary has any column of the table or of its ancestors."""
        return any(name in self._own for name in self.chain(table))

    def columns(self, table: str) -> dict[str, Column]:
        """All columns by name, inherited ones included; a child's definition wins."""
        found: dict[str, Column] = {}
        for name in reversed(self.chain(table)):
            found |= self._own.get(name, {})
        return found


@dataclass(frozen=True)
class Layout:
    """What is asked of one table, in the order of its Arrow schema: `sys_id` first, then by name.

    `kinds` are ServiceNow types by column; `cursor` is None where the table is read whole;
    `references` are target tables by column; `exact` are columns that are text to the dictionary and
    stored as another type: a value of theirs fits only where its text comes back unchanged.
    """

    table: str
    kinds: Mapping[str, str]
    cursor: str | None
    references: Mapping[str, str]
    exact: frozenset[str] = frozenset()

    @property
    def fields(self) -> list[str]:
        return list(self.kinds)


def layout(
    spec: TableSpec,
    dictionary: Dictionary | None,
    held: Mapping[str, str] | None = None,
    dropped: Collection[str] = (),
) -> Layout:
    """The columns to ask for: the dictionary's where it describes the table, else the floor.

    System columns are always asked for. Secrets and what the spec excludes never are, nor the `dropped`. `held`
    are types of columns that the raw layer already has; a column keeps its type.
    """
    known = dictionary.columns(spec.name) if dictionary and not spec.bootstrap else {}
    system = {name: kind for name, kind in spec.columns.items() if name.startswith("sys_") and name not in spec.floor}
    if known:
        if "sys_updated_on" not in known and "sys_created_on" in known:
            # Insert-only tables (attribute no_update) have no update time: they only grow.
            system = {name: kind for name, kind in system.items() if name in known}
        kinds = {**system, **{name: column.kind for name, column in known.items()}}
    else:
        kinds = dict(spec.columns)
    asked = {
        name: kinds[name]
        for name in sorted(kinds, key=lambda name: (name != "sys_id", name))
        if kinds[name] not in SECRET_TYPES and name not in spec.never and name not in dropped
    }
    listed = asked
    asked = {name: _held_kind(kind, (held or {}).get(name)) for name, kind in listed.items()}
    cursor = spec.cursor
    if cursor and cursor not in asked:
        cursor = "sys_created_on" if "sys_created_on" in asked else None
    return Layout(
        spec.name,
        asked,
        cursor,
        {name: column.reference for name, column in known.items() if column.reference and name in asked},
        frozenset(name for name in known if name in asked and is_text(listed[name]) and not is_text(asked[name])),
    )


def _held_kind(kind: str, held: str | None) -> str:
    """The type to read a column as: as the dictionary says unless the raw layer holds another type."""
    return kind if held is None or arrow_type(kind) == arrow_type(held) else held
