"""Changes of incidents that are seen between two syncs: the history where `sys_audit` cannot be read.

A sync that brings another version of an incident than is held knows both. What differs is a change as
of the newer version's `sys_updated_on`; several changes of a field between two syncs show as one.

dlt loads the tables of a package one by one, so changes that travelled in it could be lost or counted
twice by a kill. They are written before the package that brings the newer versions, as pending, and
confirmed after it. What a kill left pending is judged by the incident that is held: where it is of the
newer version the change stays, otherwise the next sync sees it again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from ingestion.servicenow.dictionary import DURATION_TYPES, arrow_type
from ingestion.settings import InstanceSettings
from ingestion.warehouse import BOOKKEEPING, RAW, quoted

TABLE = "incident"
AUDIT = "sys_audit"
SEEN = f"{BOOKKEEPING}.seen_changes"

#: System columns are not audited, but for these (Table API reference, section 5.5).
_AUDITED_SYSTEM_COLUMNS = frozenset({"sys_class_name", "sys_domain"})
#: What is kept in memory until it is known whether the audit can be read (bytes).
_WAITING_BYTES = 64 * 2**20


class SeenChanges:
    """What one cycle of one instance sees. `note` takes versions, `settle` and `confirm` surround each package."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, instance: InstanceSettings) -> None:
        self._connection = connection
        self._instance = instance
        self._versions: list[pa.Table] = []
        self._is_pending = False
        self._is_audited = self._was_audited()

    def _was_audited(self) -> bool:
        """Whether the audit could be read when it was last asked for; true before that."""
        if AUDIT not in self._instance.tables:
            return False
        refused = self._connection.execute(
            f"SELECT 1 FROM {BOOKKEEPING}.coverage WHERE instance = ? AND table_name = '{AUDIT}'"
            " AND column_name = 'sys_id' AND status IN ('hidden', 'missing')",
            [self._instance.name],
        ).fetchall()
        return not refused

    def recover(self) -> None:
        """Judge what a cycle that was cut off left pending."""
        self._connection.execute("BEGIN")
        self._connection.execute(
            f"DELETE FROM {SEEN} AS seen WHERE instance = $instance AND is_pending AND NOT EXISTS ("
            f" SELECT 1 FROM {RAW}.{TABLE} AS held WHERE held.instance = seen.instance AND held.sys_id = seen.sys_id"
            " AND (held.sys_updated_on, coalesce(held.sys_mod_count, 0)) >= (seen.changed_at, seen.update_number))",
            {"instance": self._instance.name},
        )
        self.confirm()
        self._connection.execute("COMMIT")

    def note(self, held: pa.Table, fresh: pa.Table) -> None:
        """Incidents as they are held and as they came, rows of the same columns; they may differ in any of them."""
        if not held.num_rows:
            return
        for version in (held, fresh.select(held.column_names)):
            self._versions.append(version.append_column("_place", pa.array([len(self._versions)] * version.num_rows)))

    def settle(self, kinds: Mapping[str, str], *, is_refused: bool) -> None:
        """Before what was noted is loaded: write down its changes, unless the audit will tell them.

        `kinds` are the ServiceNow types of the incident's columns; `is_refused` says that the instance
        refused the audit in this cycle. Where it has not been asked yet, it is taken for what it was.
        """
        self._is_audited = self._is_audited and not is_refused
        if not self._versions:
            return
        waiting = sum(version.get_total_buffer_size() for version in self._versions)
        if self._is_audited and waiting <= _WAITING_BYTES:
            return
        self._write(pa.concat_tables(self._versions, promote_options="permissive"), kinds)
        self._versions.clear()
        self._is_pending = True

    def settled(self) -> None:
        """After the package is loaded: its changes count."""
        if self._is_pending:
            self.confirm()
            self._is_pending = False

    def confirm(self) -> None:
        self._connection.execute(
            f"UPDATE {SEEN} SET is_pending = false WHERE instance = ? AND is_pending", [self._instance.name]
        )

    def _write(self, versions: pa.Table, kinds: Mapping[str, str]) -> None:
        """The differences between each two versions that follow one another."""
        columns = [name for name in versions.column_names if name in kinds and _is_audited(name)]
        texts = ", ".join(f"{_text(name, kinds[name])} AS {quoted(name)}" for name in columns)
        self._connection.register("versions", versions)
        try:
            self._connection.execute(
                f"INSERT INTO {SEEN}"
                # Under names of their own: the incident may have a column of any other name.
                " WITH texts AS (SELECT sys_id AS _record, sys_updated_on AS _at, sys_updated_by AS _by,"
                f"  coalesce(sys_mod_count, 0) AS _update, _place, {texts} FROM versions),"
                " cells AS (FROM texts UNPIVOT INCLUDE NULLS"
                f"  (_new FOR _field IN ({', '.join(map(quoted, columns))}))),"
                " following AS (SELECT *, lag(_new) OVER chain AS _old, row_number() OVER chain AS _version FROM cells"
                "  WINDOW chain AS (PARTITION BY _record, _field ORDER BY _at NULLS FIRST, _update, _place))"
                " SELECT $instance, _record, _field, _old, _new, _at, _by, _update, $now, true FROM following"
                " WHERE _version > 1 AND _at IS NOT NULL AND _new IS DISTINCT FROM _old"
                # An older version that came late, or one that a cut-off load brought before.
                f" AND NOT EXISTS (SELECT 1 FROM {SEEN} AS known WHERE known.instance = $instance"
                "  AND known.sys_id = _record AND known.field = _field AND known.changed_at = _at"
                "  AND known.update_number = _update AND known.old_value IS NOT DISTINCT FROM _old"
                "  AND known.new_value IS NOT DISTINCT FROM _new)",
                {"instance": self._instance.name, "now": datetime.now(UTC).replace(tzinfo=None)},
            )
        finally:
            self._connection.unregister("versions")


def forget(connection: duckdb.DuckDBPyConnection, instance: str) -> None:
    """Drop the changes of incidents that are not held any more: they go with their ticket (contract, section 7)."""
    connection.execute(
        f"DELETE FROM {SEEN} AS seen WHERE instance = ? AND NOT EXISTS (SELECT 1 FROM {RAW}.{TABLE} AS held"
        " WHERE held.instance = seen.instance AND held.sys_id = seen.sys_id)",
        [instance],
    )


def _is_audited(column: str) -> bool:
    return not column.startswith("sys_") or column in _AUDITED_SYSTEM_COLUMNS


def _text(column: str, kind: str) -> str:
    """SQL: a held value as the audit has it, the source's raw form."""
    name, stored = quoted(column), arrow_type(kind)
    if stored == pa.int64() and kind in DURATION_TYPES:
        return f"strftime(TIMESTAMP '1970-01-01' + to_seconds({name}), '%Y-%m-%d %H:%M:%S')"
    if stored == pa.timestamp("us"):
        return f"strftime({name}, '%Y-%m-%d %H:%M:%S')"
    if stored == pa.float64():
        return f"regexp_replace(CAST({name} AS VARCHAR), '\\.0$', '')"
    return f"CAST({name} AS VARCHAR)"
