"""What expires, and taking it out (contract, section 7).

A ticket expires when it is not open and its end is older than the retention. Its history, SLAs and
links go with it. The row in `task` goes with the row of the ticket's real class and is judged by
itself only where that class is not extracted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion import seen_changes
from ingestion.servicenow.catalogue import TABLES, TICKET_ROOT, TICKET_TABLES
from ingestion.servicenow.records import lenient
from ingestion.settings import InstanceSettings, Settings
from ingestion.warehouse import BOOKKEEPING, RAW, quoted

#: Tables whose rows belong to a ticket, with the column that names it.
BELONGING = {"sys_audit": "documentkey", "task_sla": "task", "task_ci": "task", "sys_audit_delete": "documentkey"}


@dataclass(frozen=True)
class Expired:
    """How many rows of a table went."""

    instance: str
    table_name: str
    rows: int
    reason: str


class Expiry:
    """Judges rows before they are loaded.

    `gone` are the ids of tickets that expired in earlier cycles; `cutoff` is naive UTC.
    """

    def __init__(self, instance: InstanceSettings, cutoff: datetime, gone: Iterable[str]) -> None:
        self._instance = instance
        self._cutoff = cutoff
        self._gone = set(gone)
        self._dropped: dict[str, set[str]] = {}

    def keep(self, name: str, table: pa.Table) -> pa.Table:
        """The rows of a batch that go on. Tickets must come before what belongs to them."""
        if name in TICKET_TABLES:
            return self._tickets(name, table)
        column = BELONGING.get(name)
        if column and self._gone and column in table.column_names:
            return self._without(name, table, pc.is_in(table[column], value_set=self._gone_array()))
        return table

    def take_dropped(self) -> dict[str, set[str]]:
        """Ids that were not let through since this was last asked, by table."""
        taken, self._dropped = self._dropped, {}
        return taken

    def _without(self, name: str, table: pa.Table, dropped: pa.Array) -> pa.Table:
        """The other rows; those dropped are noted, so that nobody asks for them again."""
        if not pc.any(dropped).as_py():
            return table
        if not TABLES[name].insert_only:
            self._dropped.setdefault(name, set()).update(table["sys_id"].filter(dropped).to_pylist())
        return table.filter(pc.invert(dropped))

    def _tickets(self, name: str, table: pa.Table) -> pa.Table:
        expired = self._expired(name, table)
        if name == TICKET_ROOT:
            of_class = pc.is_in(table["sys_class_name"], value_set=pa.array(_CLASSES, pa.string()))
            expired = pc.if_else(of_class, pc.is_in(table["sys_id"], value_set=self._gone_array()), expired)
        kept = self._without(name, table, expired)
        self._gone.update(table["sys_id"].filter(expired).to_pylist())
        if self._gone:
            self._gone.difference_update(kept["sys_id"].to_pylist())
        return kept

    def _expired(self, name: str, table: pa.Table) -> pa.Array:
        if name == "incident":
            state = table[self._instance.field_map.get("state", "state")].cast(pa.string())
            ended = pc.is_in(state, value_set=pa.array([str(code) for code in self._instance.ended_states]))
        else:
            ended = pc.fill_null(pc.invert(lenient(table["active"], "boolean")), False)
        columns = [column for column in _end_columns(name, self._instance) if column in table.column_names]
        times = [lenient(table[column], "glide_date_time") for column in columns]
        end = pc.coalesce(*times)
        return pc.and_(ended, pc.fill_null(pc.less(end, pa.scalar(self._cutoff, pa.timestamp("us"))), False))

    def _gone_array(self) -> pa.Array:
        return pa.array(self._gone, pa.string())


_CLASSES = [name for name in TICKET_TABLES if name != TICKET_ROOT]


_CLASS_LIST = ", ".join(f"'{name}'" for name in _CLASSES)
#: Tickets of this instance that are known not to be kept, of their real classes.
_GONE = (
    f"SELECT sys_id FROM {BOOKKEEPING}.deleted_records WHERE instance = $instance AND known_by = 'retention'"
    f" AND table_name IN ({_CLASS_LIST})"
    + "".join(
        f" UNION ALL SELECT sys_id FROM {BOOKKEEPING}.asked_references"
        f" WHERE instance = $instance AND table_name = '{name}' AND expired"
        f" AND sys_id NOT IN (SELECT sys_id FROM {RAW}.{name} WHERE instance = $instance)"
        for name in _CLASSES
    )
)


def _end_columns(name: str, instance: InstanceSettings) -> list[str]:
    """The columns whose first value is a ticket's end."""
    resolved = instance.field_map.get("resolved_at", "resolved_at") if name == "incident" else "resolved_at"
    return (
        ["closed_at", resolved, "sys_updated_on"]
        if name in ("incident", "problem")
        else ["closed_at", "sys_updated_on"]
    )


def expired_sql(name: str, instance: InstanceSettings, cutoff: datetime) -> str:
    """The condition under which a row of a ticket table has expired."""
    if name == "incident":
        state = quoted(instance.field_map.get("state", "state"))
        ended = (
            f"CAST({state} AS VARCHAR) IN ({', '.join(repr(str(code)) for code in instance.ended_states) or 'NULL'})"
        )
    else:
        ended = "try_cast(active AS BOOLEAN) = false"
    return f"{ended} AND {_end_sql(name, instance)} < TIMESTAMP '{cutoff}'"


def _end_sql(name: str, instance: InstanceSettings) -> str:
    # A column that has become text may hold anything.
    end = ", ".join(f"try_cast({quoted(column)} AS TIMESTAMP)" for column in _end_columns(name, instance))
    return f"coalesce({end})"


def expired_before(connection: duckdb.DuckDBPyConnection, instance: str) -> list[str]:
    """Ids of the tickets that expired in earlier cycles, or were left out when they came."""
    rows = connection.execute(f"SELECT DISTINCT sys_id FROM ({_GONE})", {"instance": instance}).fetchall()
    return [key for (key,) in rows]


@dataclass(frozen=True)
class Judgement:
    """Which rows of one table have expired, and why.

    `condition` is SQL over the raw table and the temporary table `expired_tickets`, which has the ids of the
    tickets judged before; `ended_at` is SQL for the moment the age goes by.
    """

    table: str
    condition: str
    reason: str
    ended_at: str


def judgements(instance: InstanceSettings, cutoff: datetime) -> Iterator[Judgement]:
    """What is judged, in order: tickets, their rows in `task`, then what belongs to them."""
    age = f"not open and ended before {cutoff}"
    for table in _CLASSES:
        yield Judgement(table, expired_sql(table, instance, cutoff), age, _end_sql(table, instance))
    gone = f"(SELECT sys_id FROM expired_tickets UNION ALL {_GONE})"
    own = f"coalesce(sys_class_name, '{TICKET_ROOT}') NOT IN ({_CLASS_LIST})"
    own += f" AND {expired_sql(TICKET_ROOT, instance, cutoff)}"
    of_class = f"sys_class_name IN ({_CLASS_LIST}) AND sys_id IN {gone}"
    yield Judgement(TICKET_ROOT, f"({of_class}) OR ({own})", "its ticket expired", _end_sql(TICKET_ROOT, instance))
    for table, column in BELONGING.items():
        stamp = "sys_created_on" if TABLES[table].insert_only else "sys_updated_on"
        orphan = (
            f"{stamp} < TIMESTAMP '{cutoff}' AND NOT EXISTS (SELECT 1 FROM {RAW}.{TICKET_ROOT} AS ticket"
            f" WHERE ticket.instance = {table}.instance AND ticket.sys_id = {table}.{column})"
            f" AND NOT EXISTS (SELECT 1 FROM {RAW}.incident AS ticket"
            f" WHERE ticket.instance = {table}.instance AND ticket.sys_id = {table}.{column})"
        )
        yield Judgement(table, f"{column} IN {gone} OR ({orphan})", "its ticket expired or is gone", stamp)


def begin_judging(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `expired_tickets`, empty."""
    connection.execute("CREATE OR REPLACE TEMP TABLE expired_tickets (sys_id VARCHAR)")


def note_expired(connection: duckdb.DuckDBPyConnection, instance: str, judgement: Judgement) -> None:
    """Put the tickets of a judgement into `expired_tickets`."""
    if judgement.table in TICKET_TABLES:
        found = f"SELECT sys_id FROM {RAW}.{judgement.table} WHERE instance = $instance AND ({judgement.condition})"
        connection.execute(f"INSERT INTO expired_tickets {found}", {"instance": instance})


def apply(connection: duckdb.DuckDBPyConnection, settings: Settings, *, only: str | None = None) -> list[Expired]:
    """Take out what has expired, in one transaction, and record the ids in `deleted_records`.

    `only` narrows it to one instance. Returns a line per instance and table that lost rows.
    """
    connection.execute("BEGIN")
    try:
        lines = [
            line
            for instance in settings.instances.values()
            if only in (None, instance.name)
            for line in _apply_instance(connection, instance, settings.retention_start(), settings.now())
        ]
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return lines


def _apply_instance(
    connection: duckdb.DuckDBPyConnection, instance: InstanceSettings, cutoff: datetime, now: datetime
) -> list[Expired]:
    begin_judging(connection)
    lines: list[Expired] = []
    for judgement in judgements(instance, cutoff):
        table, condition = judgement.table, judgement.condition
        found = f"SELECT sys_id FROM {RAW}.{table} WHERE instance = $instance AND ({condition})"
        given = {"instance": instance.name}
        count = connection.execute(f"SELECT count(*) FROM ({found})", given).fetchall()[0][0]
        if not count:
            continue
        connection.execute(
            f"INSERT OR REPLACE INTO {BOOKKEEPING}.deleted_records"
            f" SELECT DISTINCT $instance, '{table}', sys_id, TIMESTAMP '{now}', 'retention' FROM ({found})",
            given,
        )
        note_expired(connection, instance.name, judgement)
        connection.execute(f"DELETE FROM {RAW}.{table} WHERE instance = $instance AND ({condition})", given)
        lines.append(Expired(instance.name, table, count, judgement.reason))
    seen_changes.forget(connection, instance.name)
    return lines
