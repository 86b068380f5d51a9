"""The dlt source: a resource per table, each with its cursor in its own dlt state.

State and rows travel in the same load package, so a cursor is never ahead of the data: the state
counts only once its package is loaded whole. A large table is spread over several packages, and the
workers read on while one is being loaded.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.errors import CredentialsRefused, Postponed, SourceError, TableRefused, UnknownTable
from ingestion.servicenow.catalogue import TABLES, TableSpec
from ingestion.servicenow.client import Client
from ingestion.servicenow.dictionary import Dictionary, Layout, layout
from ingestion.servicenow.feed import Feed, Workers
from ingestion.servicenow.page_size import PageSize
from ingestion.servicenow.query import TIME_FORMAT, all_of, condition
from ingestion.servicenow.reading import KeyWalk, Piece, Reading, TableRun, TimeWalk, batches, ranges
from ingestion.servicenow.records import Batch, RowParser, fill_hidden
from ingestion.servicenow.sweep import Sweep

log = logging.getLogger(__name__)

#: Bytes in memory that one load package takes; what was loaded is not read again after a cut.
PACKAGE_BYTES = 96 * 2**20
#: Batches that may wait for the loader, a table.
_AHEAD = 6

_UPSERT: Any = {"disposition": "merge", "strategy": "upsert", "skip_unchanged_rows": True}

#: Which rows of a batch go on; the last argument says that none of the table was held before.
Keep = Callable[[str, pa.Table, bool], pa.Table]


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

    `keep` decides which rows of a batch go on. `states` is what earlier cycles remembered, by table.
    After all `packages` were loaded, `runs` tells what happened to each table.
    """

    def __init__(
        self,
        client: Client,
        workers: Workers,
        window: Window,
        warehouse: Warehouse,
        keep: Keep,
        tables: Sequence[str],
        states: Mapping[str, Mapping[str, Any]],
        progress: Callable[[str, int, int | None], None] | None = None,
    ) -> None:
        self.client = client
        self.instance = client.instance
        self.window = window
        self.warehouse = warehouse
        self.tables = [name for name in TABLES if name in tables or TABLES[name].bootstrap]
        self.runs: dict[str, TableRun] = {}
        self.layouts: dict[str, Layout] = {}
        #: Tables whose reading the instance put off, each with what it said.
        self.postponed: dict[str, Postponed] = {}
        self.dictionary = Dictionary((), ())
        self._workers = workers
        self._keep = keep
        self._states = states
        self._progress = progress
        self._bootstrap: dict[str, list[Piece]] = {}
        self._readings: list[Reading] = []
        self._feeds: dict[str, Feed[Piece]] = {}
        self._page_sizes: dict[str, PageSize] = {}

    def read_dictionary(self) -> None:
        """Read the tables that say what all others look like, whole.

        Raises RefusedError where one that is required cannot be read.
        """
        readings = [self._whole(TABLES[name], "") for name in self.tables if TABLES[name].bootstrap]
        # The first alone: where the credentials are wrong, asking several times at once may lock the user out.
        for group in (readings[:1], readings[1:]):
            self._begin(group)
            for reading in group:
                self._bootstrap[reading.spec.name] = list(self._pieces(reading))
        rows = {
            name: [row for piece in pieces if piece.batch for row in _texts(piece.batch)]
            for name, pieces in self._bootstrap.items()
        }
        self.dictionary = Dictionary(
            rows.get("sys_db_object", ()), rows.get("sys_dictionary", ()), rows.get("sys_glide_object", ())
        )
        for name in self.tables:
            self.layouts[name] = layout(TABLES[name], self.dictionary, self.warehouse.kinds(name))
        self._readings = readings

    def plan(self) -> datetime:
        """Decide how each table is read and let the workers begin; the moment all of it is bounded by.

        That is the instance's `Date` (naive UTC) before the first of these requests.
        """
        high = self.client.server_time or self._ask_time()
        planned = [self._planned(TABLES[name], high) for name in self.tables if not TABLES[name].bootstrap]
        readings = [reading for reading in planned if reading]
        self._split(readings)
        self._begin(readings)
        self._readings += readings
        return high

    def packages(self) -> Iterator[list[Any]]:
        """Lists of dlt resources, in catalogue order; each list is one load package."""
        waiting = self._readings
        while waiting:
            room = _Room(PACKAGE_BYTES)
            yield [self._resource(reading, room) for reading in waiting]
            waiting = [reading for reading in waiting if not reading.ended]

    def _planned(self, spec: TableSpec, high: datetime) -> Reading | None:
        """Choose the sweep: whole, first, by cursor, or a given stretch."""
        cursor, window, state = self.layouts[spec.name].cursor, self.window, self._states.get(spec.name, {})
        if cursor is None:
            return None if window.low else self._whole(spec, "")
        if window.low is not None:
            return self._reading(spec, [TimeWalk(cursor, window.low, min(window.high or high, high))])
        before: str | None = state.get("cursor")
        empty = self.warehouse.is_empty(spec.name)
        walk = state.get("walk")
        if walk and not empty:
            log.info("%s: %s: going on where the last run stopped", self.instance.name, spec.name)
            walks = [KeyWalk(walk["condition"], after, upto) for upto, after in walk["reached"].items()]
            reading = self._reading(spec, walks, high=datetime.strptime(walk["high"], TIME_FORMAT))
            reading.condition, reading.newest = walk["condition"], walk["newest"]
        elif before is None or window.full or empty:
            reading = self._whole(spec, first_window(spec, cursor, window.history_start, high), high)
        else:
            overlap = timedelta(seconds=self.instance.cursor_overlap_seconds)
            low = datetime.strptime(before, TIME_FORMAT) - overlap
            reading = self._reading(spec, [TimeWalk(cursor, low, high)], high=high)
        reading.appends = empty
        reading.run.cursor_before = reading.run.cursor_after = before
        return reading

    def _whole(self, spec: TableSpec, condition_: str, high: datetime | None = None) -> Reading:
        reading = self._reading(spec, [KeyWalk(condition_)], high=high)
        reading.condition = condition_
        reading.run.keys = [] if spec.cursor is None else None
        reading.appends = self.warehouse.is_empty(spec.name)
        return reading

    def _reading(self, spec: TableSpec, walks: Sequence[KeyWalk | TimeWalk], high: datetime | None = None) -> Reading:
        return Reading(spec, self._layout(spec), self._run(spec.name), self._pages(spec.name), walks, high)

    def _layout(self, spec: TableSpec) -> Layout:
        """What is asked of a table; the floor alone before the dictionary is read."""
        asked = self.layouts.get(spec.name) or layout(spec, None)
        self._run(spec.name).fields = asked.kinds
        return asked

    def _split(self, readings: Sequence[Reading]) -> None:
        """Cut first reads of large tables into ranges of keys; how many rows they are to bring is asked first."""
        first = [each for each in readings if each.high and each.walks == [KeyWalk(each.condition)]]
        queries = [all_of(each.spec.base_query, each.condition) for each in first]
        jobs = [partial(_counted, each.run, query) for each, query in zip(first, queries, strict=True)]
        for reading, total in zip(first, self._workers.each(jobs), strict=True):
            reading.run.total = total
            reading.walks = ranges(total, self.instance.max_concurrency, reading.condition)
            reading.reached = {walk.upto: walk.after for walk in reading.walks}

    def _begin(self, readings: Sequence[Reading]) -> None:
        for reading in readings:
            work = reading.workload(self.instance.name)
            self._feeds[reading.spec.name] = self._workers.feed(work, _AHEAD)

    def _resource(self, reading: Reading, room: "_Room") -> Any:
        # Rows for an empty table need no merge: keys are unique within a sweep by key.
        append = reading.appends and self.window.low is None
        return self._dlt_resource(
            reading.spec.name, "append" if append else _UPSERT, self._rows(reading, room, new=append)
        )

    @staticmethod
    def _dlt_resource(table: str, disposition: Any, rows: Iterator[pa.Table]) -> Any:
        import dlt

        return dlt.resource(
            rows,
            name=table,
            primary_key=["instance", "sys_id"],
            write_disposition=disposition,
            schema_contract={"tables": "evolve", "columns": "evolve", "data_type": "freeze"},
        )

    def _rows(self, reading: Reading, room: "_Room", *, new: bool) -> Iterator[pa.Table]:
        """What goes into this package: all that is left of the table, or as much as there is room for."""
        import dlt

        if room.full:
            return
        name = reading.spec.name
        state = dlt.current.resource_state(name)
        pieces = iter(self._bootstrap.pop(name)) if reading.spec.bootstrap else self._pieces(reading)
        for piece in pieces:
            if piece.batch is None:
                continue
            kept = self._keep(name, self._with_held(name, piece.batch), new)
            if kept.num_rows:
                room.take(kept.nbytes)
                yield kept
            if self._progress:
                self._progress(name, reading.run.rows_read, reading.run.total)
            if room.full and not reading.ended:
                reading.remember(state)
                return
        reading.remember(state)

    def _pieces(self, reading: Reading) -> Iterator[Piece]:
        """What the walks of a table still bring. An optional table that is refused is left out with a warning."""
        name, run = reading.spec.name, reading.run
        feed = self._feeds[name]
        try:
            for piece in feed:
                reading.took(piece)
                yield piece
            reading.finished = True
        except (TableRefused, UnknownTable) as error:
            if reading.spec.required:
                raise TableRefused(f"{error} ({name} is required)") from None
            feed.close()
            run.refused, run.keys, reading.high = error, None, None
        except Postponed as error:
            feed.close()
            self.postponed[name] = error
            run.keys = None
        reading.ended = True
        del self._feeds[name]

    def fetch(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[Any]:
        """A dlt resource per table for rows by id; rows that are hidden or gone do not come."""
        for table, keys in wanted.items():
            yield self._dlt_resource(table, _UPSERT, self._of_keys(table, keys))

    def served(self, table: str, keys: Sequence[str]) -> set[str]:
        """Which of these ids the instance serves."""
        parser = RowParser(Layout(table, {"sys_id": "GUID"}, None, {}))
        with self._measured(self._run(table)):
            pages = Sweep(self.client, parser, self._pages(table)).of_keys(keys)
            return {parser.get(row, "sys_id") for page in pages for row in page}

    def _of_keys(self, table: str, keys: Sequence[str]) -> Iterator[pa.Table]:
        run = self._run(table)
        with self._measured(run):
            sweep = Sweep(self.client, RowParser(self._layout(TABLES[table])), self._pages(table))
            for batch in batches(sweep, sweep.of_keys(keys), self.instance.name):
                run.rows_read += batch.table.num_rows
                kept = self._keep(table, self._with_held(table, batch), False)
                if kept.num_rows:
                    yield kept

    def _run(self, table: str) -> TableRun:
        return self.runs.setdefault(table, TableRun(table))

    def _pages(self, table: str) -> PageSize:
        """The table's page size, as the last cycle left it."""
        if table not in self._page_sizes:
            remembered = self._states.get(table, {}).get("page_size")
            self._page_sizes[table] = PageSize(self.instance.page_size, remembered)
        return self._page_sizes[table]

    @contextmanager
    def _measured(self, run: TableRun) -> Iterator[None]:
        """Add what the client does meanwhile to the table's counts."""
        started = time.monotonic()
        self.client.take_traffic()
        try:
            yield
        finally:
            run.add(self.client.take_traffic(), time.monotonic() - started)

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


@dataclass
class _Room:
    """Bytes left in a load package."""

    left: int

    @property
    def full(self) -> bool:
        return self.left <= 0

    def take(self, size: int) -> None:
        self.left -= size


def _counted(run: TableRun, query: str, client: Client) -> int | None:
    """Rows that match; None where the instance does not say, which the read itself will complain of."""
    try:
        return client.count(run.table, query)
    except CredentialsRefused:
        raise
    except (SourceError, TableRefused) as error:
        log.debug("%s: not counted: %s", run.table, error)
        return None
    finally:
        run.add(client.take_traffic(), 0.0)


def _texts(batch: Batch) -> list[dict[str, str | None]]:
    """Rows of a bootstrap table as texts, booleans as the dictionary writes them."""
    columns = {
        name: pc.if_else(column, "true", "false") if pa.types.is_boolean(column.type) else column.cast(pa.string())
        for name, column in zip(batch.table.column_names, batch.table.columns, strict=True)
    }
    return pa.table(columns).to_pylist()
