"""The instance's description of itself: rows of `sys_db_object`, `sys_dictionary`, `sys_glide_object`, `sys_choice`.

Child tables have dictionary rows for their own columns only (Table API reference, section 5.5: TE);
the row of the table itself has no element, the type `collection` and the audit flag.
"""

import hashlib
from dataclasses import replace

from ingestion.instance.choices import out_of_box_choices
from ingestion.instance.field_types import FIELD_TYPES
from ingestion.instance.schema import Column, Schema, Table
from ingestion.instance.store import Row, Store

_INSTALLED = "2019-03-01 08:00:00"


def metadata_id(*parts: str) -> str:
    """A sys_id that is the same in every instance, as those of ServiceNow's own records are."""
    return hashlib.md5("|".join(parts).encode(), usedforsecurity=False).hexdigest()


def install(store: Store) -> None:
    """Writes the four tables for the store's schema and the out-of-box choices."""
    schema = store.schema
    store.insert("sys_db_object", [_object_row(schema, table) for table in schema])
    store.insert("sys_glide_object", [_type_row(name) for name in FIELD_TYPES])
    choices = out_of_box_choices()
    listed = {(row["name"], row["element"]) for row in choices}
    store.insert("sys_choice", [choice_row(row) for row in choices])
    store.insert(
        "sys_dictionary",
        [
            row
            for table in schema
            for row in (
                _collection_row(table),
                *(
                    column_row(schema, table.name, c, has_choices=(table.name, c.name) in listed)
                    for c in table.columns.values()
                ),
            )
        ],
    )


def _system(sys_id: str, at: str = _INSTALLED, by: str = "system") -> Row:
    return {
        "sys_id": sys_id,
        "sys_created_on": at,
        "sys_created_by": by,
        "sys_updated_on": at,
        "sys_updated_by": by,
        "sys_mod_count": "0",
    }


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _object_row(schema: Schema, table: Table) -> Row:
    return _system(metadata_id("sys_db_object", table.name)) | {
        "name": table.name,
        "label": table.label,
        "super_class": metadata_id("sys_db_object", table.parent) if table.parent else "",
        "is_extendable": _flag(table.extensible),
        "extension_model": "" if not schema.is_classed(table.name) else "hierarchy",
        "number_ref": table.number_prefix,
        "sys_scope": "global",
    }


def _type_row(name: str) -> Row:
    kind = FIELD_TYPES[name]
    return _system(metadata_id("sys_glide_object", name)) | {
        "name": name,
        "label": kind.label,
        "scalar_type": kind.scalar_type,
        "scalar_length": str(kind.max_length),
        "class_name": "",
        "visible": "true",
    }


def choice_row(choice: Row, at: str = _INSTALLED, by: str = "system") -> Row:
    """A full `sys_choice` row. `choice` has name, element, value and label; the rest has defaults."""
    row = {"language": "en", "sequence": "0", "inactive": "false", "dependent_value": "", **choice}
    key = ("sys_choice", row["name"], row["element"], row["value"], row["language"], row["dependent_value"])
    return _system(metadata_id(*key), at, by) | row


def _collection_row(table: Table) -> Row:
    return _system(metadata_id("sys_dictionary", table.name)) | {
        "name": table.name,
        "element": "",
        "internal_type": "collection",
        "column_label": table.label,
        "active": "true",
        "audit": _flag(table.audited),
        "attributes": "no_update=true" if table.insert_only else "",
    }


def column_row(
    schema: Schema, table: str, column: Column, *, has_choices: bool = False, at: str = _INSTALLED, by: str = "system"
) -> Row:
    """The `sys_dictionary` row of one of `table`'s own columns."""
    return _system(metadata_id("sys_dictionary", table, column.name), at, by) | {
        "name": table,
        "element": column.name,
        "internal_type": column.type,
        "reference": column.reference,
        "column_label": column.label,
        "max_length": str(column.max_length),
        "mandatory": "false",
        "read_only": _flag(column.name in {"sys_created_on", "sys_created_by"}),
        "active": "true",
        "unique": _flag(column.name == "sys_id"),
        "display": _flag(schema.table(table).display == column.name),
        "audit": "false",
        "default_value": column.default,
        "choice": "1" if has_choices else "0",
        "dependent": "category" if (table, column.name) == ("incident", "subcategory") else "",
        "array": "false",
        "virtual": "false",
    }


def remove_column(store: Store, table: str, name: str) -> str:
    """Takes a column away, with its values and its row in the dictionary; answers the sys_id of that row."""
    with store.transaction():
        store.remove_column(table, name)
        (key,) = _rows_of(store, table, name)
        store.delete("sys_dictionary", key)
    return key


def rename_column(store: Store, table: str, name: str, to: str, *, at: str, by: str) -> str:
    """Moves a column's values to a new column of the same label and type, as a migration script does."""
    with store.transaction():
        old = store.schema.own_column(table, name)
        key = add_column(store, table, replace(old, name=to), at=at, by=by)
        store.copy_column(table, name, to)
        remove_column(store, table, name)
    return key


def retype_column(store: Store, table: str, name: str, kind: str, *, at: str, by: str) -> str:
    """Changes a column's type; its values stay as they are. Answers the sys_id of its dictionary row."""
    with store.transaction():
        store.schema.replace_column(table, replace(store.schema.own_column(table, name), type=kind))
        (key,) = _rows_of(store, table, name)
        store.update("sys_dictionary", key, {"internal_type": kind, "sys_updated_on": at, "sys_updated_by": by})
    return key


def _rows_of(store: Store, table: str, name: str) -> list[str]:
    found = store.fetch("SELECT sys_id FROM sys_dictionary WHERE name = ? AND element = ?", (table, name))
    return [key for (key,) in found]


def add_column(store: Store, table: str, column: Column, *, at: str, by: str) -> str:
    """Adds a column to a table and its row to the dictionary; answers the sys_id of that row."""
    with store.transaction():
        store.add_column(table, column)
        row = column_row(store.schema, table, column, at=at, by=by)
        store.insert("sys_dictionary", [row])
    return row["sys_id"]
