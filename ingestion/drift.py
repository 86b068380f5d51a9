"""Following the dictionary: columns that appear, vanish, are renamed or change their type.

What the dictionary said last is kept in `ticketlake.known_columns`. Columns that are new, or whose
type changed, are read again for all rows that are held. Their values, the record in `schema_changes`
and the new knowledge are written in one transaction, so a cycle that is killed before finds the same
changes again.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import duckdb

from ingestion.errors import Postponed, TableRefused, UnknownTable
from ingestion.known_columns import Change, Known, known_columns, record, remember
from ingestion.phases import phase
from ingestion.renames import find_renames
from ingestion.rereading import ColumnReader, Reread
from ingestion.servicenow.catalogue import SYSTEM_COLUMNS, TABLES
from ingestion.servicenow.dictionary import DURATION_TYPES, arrow_type
from ingestion.servicenow.reading import TableRun
from ingestion.servicenow.records import Misfit
from ingestion.servicenow.source import Extraction
from ingestion.warehouse import BOOKKEEPING, RAW, columns_of, forget_built_models, quoted, widen_column

log = logging.getLogger(__name__)


@dataclass
class Difference:
    """How the dictionary's columns of one table differ from those known."""

    added: dict[str, Known] = field(default_factory=dict)
    removed: dict[str, Known] = field(default_factory=dict)
    retyped: dict[str, tuple[Known, Known]] = field(default_factory=dict)
    #: Columns whose values are read again for the rows that are held.
    stale: set[str] = field(default_factory=set)

    def changes(self, renames: Mapping[str, str]) -> list[Change]:
        """As records; `renames` are new names by old ones."""
        new_names = set(renames.values())
        return [
            *(Change(new, "renamed", old, new) for old, new in renames.items()),
            *(Change(name, "added", None, now.kind) for name, now in self.added.items() if name not in new_names),
            *(Change(name, "removed", was.kind, None) for name, was in self.removed.items() if name not in renames),
            *(Change(name, "retyped", was.kind, now.kind) for name, (was, now) in self.retyped.items()),
        ]


def follow(reader: ColumnReader) -> set[str]:
    """Bring the raw layer after the dictionary; the tables whose columns were read again.

    Tables that cannot be read now are left for a later cycle. Raises Misfit where a value does not
    fit its column.
    """
    extraction, name = reader.extraction, reader.extraction.instance.name
    known = known_columns(reader.connection, name)
    done: set[str] = set()
    for table in (table for table in extraction.layouts if not TABLES[table].bootstrap):
        try:
            if _follow(reader, table, known.get(table), _listed(extraction, table)):
                done.add(table)
        except (TableRefused, UnknownTable, Postponed) as error:
            log.info("%s: %s: its new columns wait for a later sync: %s", name, table, error)
    return done


def _follow(reader: ColumnReader, table: str, known: Mapping[str, Known] | None, listed: Mapping[str, Known]) -> bool:
    """One table; whether columns were read again."""
    connection, instance = reader.connection, reader.extraction.instance.name
    kinds = reader.extraction.layouts[table].kinds
    if known is None:
        # Met for the first time: nothing has changed.
        met = listed or {name: Known(kind, "") for name, kind in kinds.items()}
        _apply(connection, instance, table, (), Reread(), (), met)
        return False
    # Where the dictionary says nothing at all of a table, nothing follows from its silence.
    found = compare(known, listed or known)
    gone = {name: replace(was, is_removed=True) for name, was in found.removed.items()}
    now = {name: replace(column, is_pending=False) for name, column in {**known, **listed, **gone}.items()}
    if now == known:
        return False
    stale = found.stale & kinds.keys()
    reread = reader.read(table, stale) if stale else Reread()
    changes = found.changes(find_renames(reader, table, found.removed, found.added))
    _apply(connection, instance, table, stale, reread, changes, now)
    for change in changes:
        log.warning("%s: %s: %s", instance, table, change)
    return bool(stale)


def compare(known: Mapping[str, Known], listed: Mapping[str, Known]) -> Difference:
    """What changed from `known` to `listed`, and which columns have to be read again."""
    found = Difference()
    for name, now in listed.items():
        was = known.get(name)
        if was is None or (was.is_removed and not now.is_removed):
            found.added[name] = now
        elif was.kind != now.kind:
            found.retyped[name] = (was, now)
    found.removed = {name: was for name, was in known.items() if name not in listed and not was.is_removed}
    reread = (name for name, (was, now) in found.retyped.items() if _differ(was.kind, now.kind))
    pending = (name for name, was in known.items() if was.is_pending)
    found.stale = {*found.added, *reread, *pending}
    return found


def widen(connection: duckdb.DuckDBPyConnection, instance: str, misfit: Misfit) -> bool:
    """Make the columns of values that do not fit VARCHAR, for good, and mark them to be read again as text.

    False, with nothing changed, where a system column is among them: what a sync goes by must be
    what it says it is.
    """
    if any(odd.column in SYSTEM_COLUMNS for odd in misfit.oddities):
        return False
    table = misfit.table
    connection.execute("BEGIN")
    try:
        for odd in misfit.oddities:
            had = widen_column(connection, table, odd.column, is_duration=odd.kind in DURATION_TYPES)
            if had is None:
                connection.execute("ROLLBACK")
                return False
            # The column is that of all instances.
            owners = connection.execute(
                f"SELECT instance FROM {RAW}.{table} UNION SELECT ? ORDER BY 1", [instance]
            ).fetchall()
            for (owner,) in owners:
                record(connection, owner, table, [Change(odd.column, "retyped", had, "VARCHAR")])
            connection.execute(
                f"UPDATE {BOOKKEEPING}.known_columns SET is_pending = true WHERE table_name = ? AND column_name = ?",
                [table, odd.column],
            )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    for odd in misfit.oddities:
        log.warning(
            "%s: %s: row %s: %s=%r is no %s; the column is text from now on",
            instance,
            table,
            odd.sys_id,
            odd.column,
            odd.value[:80],
            odd.kind,
        )
    return True


def kept_columns(connection: duckdb.DuckDBPyConnection, extraction: Extraction) -> dict[str, list[str]]:
    """By table, the columns that were asked for once, are not now, and keep their values."""
    raw = columns_of(connection, RAW)
    return {
        table: kept
        for table, known in known_columns(connection, extraction.instance.name).items()
        if table in extraction.layouts
        and (kept := [name for name in known if name in raw[table] and name not in extraction.layouts[table].kinds])
    }


def note_shown(connection: duckdb.DuckDBPyConnection, instance: str, runs: Mapping[str, TableRun]) -> None:
    """Columns that were hidden and that every row of this cycle shows: the next cycle reads them for all held rows.

    Call before coverage is brought up to date: it tells what was hidden, and whether rows were held.
    """
    for table, run in runs.items():
        if run.refused or not run.rows_read:
            continue
        shown = [name for name in run.fields if not run.absent.get(name)]
        connection.execute(
            f"UPDATE {BOOKKEEPING}.known_columns AS known SET is_pending = true"
            f" FROM {BOOKKEEPING}.coverage AS covered"
            " WHERE known.instance = $instance AND known.table_name = $table AND covered.instance = known.instance"
            " AND covered.table_name = known.table_name AND covered.column_name = known.column_name"
            " AND covered.status = 'hidden' AND covered.row_count > 0 AND list_contains($shown, known.column_name)",
            {"instance": instance, "table": table, "shown": shown},
        )


def _listed(extraction: Extraction, table: str) -> dict[str, Known]:
    """The columns that the dictionary has and that are asked for."""
    columns = extraction.dictionary.columns(table)
    return {
        name: Known(columns[name].kind, columns[name].label)
        for name in extraction.layouts[table].kinds
        if name in columns
    }


def _differ(old: str, new: str) -> bool:
    """Whether values are written or stored in another way."""
    return arrow_type(old) != arrow_type(new) or (old in DURATION_TYPES) != (new in DURATION_TYPES)


def _apply(
    connection: duckdb.DuckDBPyConnection,
    instance: str,
    table: str,
    columns: Iterable[str],
    reread: Reread,
    changes: Iterable[Change],
    known: Mapping[str, Known],
) -> None:
    """Write what came, what changed and what is known now, in one transaction."""
    names = sorted(columns)
    connection.execute("BEGIN")
    try:
        if reread.rows:
            values = ", ".join(f"{quoted(name)} = reread.{quoted(name)}" for name in names)
            differs = " OR ".join(f"held.{quoted(name)} IS DISTINCT FROM reread.{quoted(name)}" for name in names)
            connection.execute(
                f"UPDATE {RAW}.{table} AS held SET {values} FROM reread"
                f" WHERE held.instance = ? AND held.sys_id = reread.sys_id AND ({differs})",
                [instance],
            )
            # The rows keep the load that brought them.
            forget_built_models(connection)
            hidden = reread.hidden(names)
            for name in names:
                connection.execute(
                    f"INSERT INTO {BOOKKEEPING}.coverage SELECT ?, ?, ?, ?, NULL, NULL, count(*), NULL"
                    f" FROM {RAW}.{table} WHERE instance = ? ON CONFLICT DO UPDATE SET status = excluded.status",
                    [instance, table, name, "hidden" if name in hidden else "synced", instance],
                )
        phase("record changed columns")
        record(connection, instance, table, changes)
        remember(connection, instance, table, known)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
