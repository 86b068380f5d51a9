"""The dlt source: a resource per table, each with its cursor in its own dlt state.

State and rows travel in the same load package, so a cursor is never ahead of the data: the state
counts only once its package is loaded whole.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import dlt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.errors import SourceError, TableRefused, UnknownTable
from ingestion.servicenow.ahead import read_ahead
from ingestion.servicenow.catalogue import TABLES, TableSpec
from ingestion.servicenow.client import Client
from ingestion.servicenow.dictionary import Dictionary, Layout, layout
from ingestion.servicenow.query import TIME_FORMAT, all_of, condition
from ingestion.servicenow.records import Batch, RowParser, fill_hidden
from ingestion.servicenow.sweep import Sweep

#: Rows handed to dlt at once: large enough for column work to pay, small enough to stay in memory.
BATCH_ROWS = 10_000

_UPSERT: Any = {"disposition": "merge", "strategy": "upsert", "skip_unchanged_rows": True}


@dataclass(frozen=True)
class Window:
    """What one cycle reads.

    `history_start` bounds windowed tables on their first sync. `full` reads every table as if for
    the first time. `low` and `high`, both naive UTC and inclusive, re-read a stretch of the cursor
    column and leave the cursor where it is.
    """

    history_start: datetime
    full: bool = False
    low: datetime | None = None
    high: datetime | None = None


@dataclass
class TableRun:
    """What happened to one table: the counts of `meta.sync_tables`, and what coverage needs."""

    table: str
    rows_read: int = 0
    requests: int = 0
    bytes: int = 0
    retries: int = 0
    seconds: float = 0.0
    cursor_before: str | None = None
    cursor_after: str | None = None
    high: datetime | None = None
    #: Rows with the key absent, by column.
    absent: dict[str, int] = field(default_factory=dict)
    refused: SourceError | TableRefused | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    #: The ids of a table that was read whole, to its proven end; None where it was not.
    keys: list[str] | None = None


class Warehouse(Protocol):
    """What the source asks of what is already held; answered by the pipeline."""

    def kinds(self, table: str) -> Mapping[str, str]:
        """The ServiceNow type that each held column is stored as."""

    def is_empty(self, table: str) -> bool:
        """Whether no row of this instance is held."""

    def held_values(self, table: str, columns: Sequence[str], keys: pa.Array) -> pa.Table | None:
        """`sys_id` and the held columns among `columns`, for the rows with these keys."""


class Extraction:
    """One cycle of one instance, up to typed rows.

    `keep` decides which rows of a batch go on (retention). After `resources` were exhausted, `runs`
    tells what happened to each table.
    """

    def __init__(
        self,
        client: Client,
        window: Window,
        warehouse: Warehouse,
        keep: Callable[[str, pa.Table], pa.Table],
        tables: Sequence[str],
        progress: Callable[[str, int, int | None], None] | None = None,
    ) -> None:
        self.client = client
        self.instance = client.instance
        self.window = window
        self.warehouse = warehouse
        self.tables = [name for name in TABLES if name in tables or TABLES[name].bootstrap]
        self.runs: dict[str, TableRun] = {}
        self.layouts: dict[str, Layout] = {}
        self._keep = keep
        self._progress = progress
        self._bootstrap: dict[str, list[Batch]] = {}
        self.dictionary = Dictionary((), ())

    def read_dictionary(self) -> None:
        """Read the tables that say what all others look like, whole.

        Raises RefusedError where one that is required cannot be read.
        """
        for name in self.tables:
            if TABLES[name].bootstrap:
                self._bootstrap[name] = list(self._observed(TABLES[name], lambda run, spec: self._whole(run, spec)))
        rows = {name: [row for batch in batches for row in _texts(batch)] for name, batches in self._bootstrap.items()}
        self.dictionary = Dictionary(
            rows.get("sys_db_object", ()), rows.get("sys_dictionary", ()), rows.get("sys_glide_object", ())
        )
        for name in self.tables:
            self.layouts[name] = layout(TABLES[name], self.dictionary, self.warehouse.kinds(name))

    def resources(self) -> Iterator[Any]:
        """A dlt resource per table, in catalogue order."""
        for name in self.tables:
            yield self._resource(TABLES[name])

    def _resource(self, spec: TableSpec) -> Any:
        # Rows for an empty table need no merge: keys are unique within a sweep by key.
        append = self.warehouse.is_empty(spec.name) and self.window.low is None
        return self._dlt_resource(spec.name, "append" if append else _UPSERT, self._tables(spec))

    @staticmethod
    def _dlt_resource(table: str, disposition: Any, rows: Iterator[pa.Table]) -> Any:
        return dlt.resource(
            rows,
            name=table,
            primary_key=["instance", "sys_id"],
            write_disposition=disposition,
            schema_contract={"tables": "evolve", "columns": "evolve", "data_type": "freeze"},
        )

    def _tables(self, spec: TableSpec) -> Iterator[pa.Table]:
        if spec.bootstrap:
            batches: Iterator[Batch] = iter(self._bootstrap[spec.name])
        else:
            state = dlt.current.resource_state(spec.name)
            batches = self._observed(spec, lambda run, spec: self._read(run, spec, state))
        for batch in batches:
            kept = self._keep(spec.name, self._with_held(spec.name, batch))
            if kept.num_rows:
                yield kept

    def _observed(self, spec: TableSpec, read: Callable[[TableRun, TableSpec], Iterator[Batch]]) -> Iterator[Batch]:
        """Run a read and keep its counts. An optional table that is refused is left out with a warning."""
        run = self._run(spec.name)
        with self._measured(run):
            try:
                yield from read(run, spec)
            except (TableRefused, UnknownTable) as error:
                if spec.required:
                    raise TableRefused(f"{error} ({spec.name} is required)") from None
                run.refused = error

    def _read(self, run: TableRun, spec: TableSpec, state: dict[str, Any]) -> Iterator[Batch]:
        """Choose the sweep: whole, first, by cursor, or a given stretch; then move the cursor."""
        cursor = self.layouts[spec.name].cursor
        window = self.window
        if cursor is None:
            if window.low is None:
                yield from self._whole(run, spec)
            return
        run.high = high = self.client.server_time or self._ask_time()
        if window.low is not None:
            yield from self._by_time(run, spec, cursor, window.low, min(window.high or high, high))
            return
        before: str | None = state.get("cursor")
        run.cursor_before = run.cursor_after = before
        newest = [before or ""]
        if before is None or window.full or self.warehouse.is_empty(spec.name):
            batches = self._whole(run, spec, first_window(spec, cursor, window.history_start, high))
        else:
            overlap = timedelta(seconds=self.instance.cursor_overlap_seconds)
            low = datetime.strptime(before, TIME_FORMAT) - overlap
            batches = self._by_time(run, spec, cursor, low, high)
        for batch in batches:
            top = pc.max(batch.table[cursor]).as_py()
            if top is not None:
                newest.append(top.strftime(TIME_FORMAT))
            yield batch
        after = min(max(newest), high.strftime(TIME_FORMAT))
        if after:
            state["cursor"] = run.cursor_after = max(after, before or "")

    def _whole(self, run: TableRun, spec: TableSpec, condition_: str = "") -> Iterator[Batch]:
        sweep = self._sweep(run, spec)
        keys: list[str] = []
        for batch in self._batches(run, sweep.parser, sweep.by_key(condition_)):
            keys += batch.table["sys_id"].to_pylist() if spec.cursor is None else ()
            yield batch
        run.keys = keys if spec.cursor is None else None

    def _by_time(self, run: TableRun, spec: TableSpec, cursor: str, low: datetime, high: datetime) -> Iterator[Batch]:
        sweep = self._sweep(run, spec)
        yield from self._batches(run, sweep.parser, _first_of_each(sweep, sweep.by_time(cursor, low, high)))

    def fetch(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[Any]:
        """A dlt resource per table for rows by id; rows that are hidden or gone do not come."""
        for table, keys in wanted.items():
            yield self._dlt_resource(table, _UPSERT, self._of_keys(table, keys))

    def served(self, table: str, keys: Sequence[str]) -> set[str]:
        """Which of these ids the instance serves."""
        parser = RowParser(Layout(table, {"sys_id": "GUID"}, None, {}))
        with self._measured(self._run(table)):
            pages = Sweep(self.client, parser, self.instance.page_size).of_keys(keys)
            return {parser.get(row, "sys_id") for page in pages for row in page}

    def _of_keys(self, table: str, keys: Sequence[str]) -> Iterator[pa.Table]:
        run = self._run(table)
        with self._measured(run):
            sweep = self._sweep(run, TABLES[table], base=False)
            for batch in self._batches(run, sweep.parser, sweep.of_keys(keys)):
                kept = self._keep(table, self._with_held(table, batch))
                if kept.num_rows:
                    yield kept

    def _run(self, table: str) -> TableRun:
        return self.runs.setdefault(table, TableRun(table))

    @contextmanager
    def _measured(self, run: TableRun) -> Iterator[None]:
        """Add what the client does meanwhile to the table's counts."""
        started = time.monotonic()
        self.client.take_traffic()
        try:
            yield
        finally:
            traffic = self.client.take_traffic()
            run.requests += traffic.requests
            run.bytes += traffic.bytes
            run.retries += traffic.retries
            run.seconds += time.monotonic() - started

    def _sweep(self, run: TableRun, spec: TableSpec, *, base: bool = True) -> Sweep:
        asked = self.layouts.get(spec.name) or layout(spec, None)
        run.fields = asked.kinds
        return Sweep(self.client, RowParser(asked), self.instance.page_size, spec.base_query if base else "")

    def _batches(self, run: TableRun, parser: RowParser, pages: Iterator[Sequence[Any]]) -> Iterator[Batch]:
        gathered: list[Any] = []
        for page in read_ahead(pages):
            gathered += page
            run.rows_read += len(page)
            if self._progress:
                self._progress(run.table, run.rows_read, None)
            if len(gathered) >= BATCH_ROWS:
                yield self._batch(run, parser, gathered)
                gathered = []
        if gathered:
            yield self._batch(run, parser, gathered)

    def _batch(self, run: TableRun, parser: RowParser, rows: Sequence[Any]) -> Batch:
        batch = parser.batch(rows, self.instance.name)
        for column, absent in batch.hidden.items():
            run.absent[column] = run.absent.get(column, 0) + sum(absent)
        return batch

    def _with_held(self, table: str, batch: Batch) -> pa.Table:
        """Where an answer left a column out, the value that is held stays (contract, section 4)."""
        if not batch.hidden:
            return batch.table
        held = self.warehouse.held_values(table, list(batch.hidden), batch.table["sys_id"])
        return batch.table if held is None or not held.num_rows else fill_hidden(batch, held)

    def _ask_time(self) -> datetime:
        self.client.count("sys_db_object", "name=incident")
        if self.client.server_time is None:
            raise SourceError(
                f"{self.instance.name}: answers carry no Date header, the clock of the sync; is a proxy removing it?"
            )
        return self.client.server_time


def first_window(spec: TableSpec, cursor: str, start: datetime, high: datetime) -> str:
    """The first sync's condition: what section 4 of the contract calls windowed; others in full."""
    if not spec.windowed:
        return ""
    since = condition(cursor, ">=", start)
    if spec.or_active:
        since += "^OR" + condition("active", "=", "true")
    return all_of(since, condition(cursor, "<=", high))


def _first_of_each(sweep: Sweep, pages: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Drop a row's second appearance within one sweep: a load wants unique keys.

    The later version was written while the sweep ran, so the overlap of the next sync reads it.
    """
    seen: set[str] = set()
    for page in pages:
        fresh = []
        for row in page:
            key = sweep.parser.get(row, "sys_id")
            if key not in seen:
                seen.add(key)
                fresh.append(row)
        if fresh:
            yield fresh


def _texts(batch: Batch) -> list[dict[str, str | None]]:
    """Rows of a bootstrap table as texts, booleans as the dictionary writes them."""
    columns = {
        name: pc.if_else(column, "true", "false") if pa.types.is_boolean(column.type) else column.cast(pa.string())
        for name, column in zip(batch.table.column_names, batch.table.columns, strict=True)
    }
    return pa.table(columns).to_pylist()
