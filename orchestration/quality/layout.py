"""The warehouse's columns as they are, and which rules can be asked of them."""

from collections.abc import Iterable, Mapping, Set

import duckdb

from orchestration.quality.rules import TableRule

#: Types by column by `schema.table`.
Columns = Mapping[str, Mapping[str, str]]


def read_columns(con: duckdb.DuckDBPyConnection) -> Columns:
    """Every column of every table and view of the connected warehouse."""
    found: dict[str, dict[str, str]] = {}
    rows = con.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND NOT internal ORDER BY ALL"
    ).fetchall()
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


def rules_of_sound_columns(rules: Iterable[TableRule], sound: Set[str], columns: Columns) -> list[TableRule]:
    """The rules whose columns and tables exist; what is missing has failed a critical rule already."""
    return [rule for rule in rules if sound >= rule.needs and columns.keys() >= rule.needs_tables]
