"""The dlt source: a resource per table, each with its cursor in its own dlt state.

State and rows travel in the same load package, so a cursor is never ahead of the data: the state
counts only once its package is loaded whole. A large table is spread over several packages, and the
workers read on while one is being loaded.
"""

import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.errors import CredentialsRefused, Postponed, SourceError, TableRefused, UnknownTable
from ingestion.phases import phase
from ingestion.servicenow import time_zone
from ingestion.servicenow.catalogue import TABLES, TableSpec
from ingestion.servicenow.client import Client
from ingestion.servicenow.dictionary import Dictionary, Layout, layout
from ingestion.servicenow.feed import Feed, Workers
from ingestion.servicenow.page_size import PageSize
from ingestion.servicenow.query import all_of
from ingestion.servicenow.reading import Piece, Reading, TableRun, batches
from ingestion.servicenow.records import Batch, RowParser, fill_hidden
from ingestion.servicenow.strategy import Strategist, Strategy, Window
from ingestion.servicenow.sweep import Sweep
from ingestion.servicenow.walks import KeyWalk

log = logging.getLogger(__name__)

#: Bytes in memory that one load package takes; what was loaded is not read again after a cut.
PACKAGE_BYTES = 384 * 2**20
#: Batches that may wait for the loader, a table.
_AHEAD = 4

_UPSERT: Any = {"disposition": "merge", "strategy": "upsert", "skip_unchanged_rows": True}

#: Which rows of a batch go on; the last argument says that none of the table was held before.
Keep = Callable[[str, pa.Table, bool], pa.Table]


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
        #: The instance's time that bounds the cycle, and whether it reads times in a query as another zone's.
        self.high: datetime | None = None
        self.zoned = False
        self._workers = workers
        self._keep = keep
        self._states = states
        self._progress = progress
        self._bootstrap: dict[str, list[Piece]] = {}
        self._readings: list[Reading] = []
        self._strategist: Strategist | None = None
        self._feeds: dict[str, Feed[Piece]] = {}
        self._page_sizes: dict[str, PageSize] = {}

    def read_dictionary(self) -> None:
        """Read the tables that say what all others look like, whole.

        Raises RefusedError where one that is required cannot be read, and Postponed where one is put off:
        half a dictionary would read half of the columns.
        """
        bootstrap = [TABLES[name] for name in self.tables if TABLES[name].bootstrap]
        readings = [self._reading(spec, Strategy([KeyWalk()])) for spec in bootstrap]
        # The first alone: where the credentials are wrong, asking several times at once may lock the user out.
        for group in (readings[:1], readings[1:]):
            self._begin(group)
            for reading in group:
                self._bootstrap[reading.spec.name] = list(self._pieces(reading))
            for postponed in self.postponed.values():
                raise postponed
        rows = {
            name: [row for piece in pieces if piece.batch for row in _texts(piece.batch)]
            for name, pieces in self._bootstrap.items()
        }
        self.dictionary = Dictionary(
            rows.get("sys_db_object", ()), rows.get("sys_dictionary", ()), rows.get("sys_glide_object", ())
        )
        for name in self.tables:
            dropped = self.instance.privacy.dropped(name)
            self.layouts[name] = layout(TABLES[name], self.dictionary, self.warehouse.kinds(name), dropped)
        self._readings = readings

    def plan(self, by_content: Callable[[datetime], frozenset[str]]) -> datetime:
        """Decide how each table is read and let the workers begin; the moment all of it is bounded by.

        That is the instance's `Date` (naive UTC) before the first of these requests. `by_content` says
        which tables are read whole at that moment.
        """
        self.high = high = self.client.server_time or self._ask_time()
        self.zoned = time_zone.literals_are_shifted(self.client, self._known_times())
        overlap = timedelta(seconds=self.instance.cursor_overlap_seconds)
        window = replace(self.window, by_content=by_content(high))
        self._strategist = strategist = Strategist(window, high, overlap, self.zoned)
        readings = []
        for spec in (TABLES[name] for name in self.tables if not TABLES[name].bootstrap):
            state, empty = self._states.get(spec.name, {}), self.warehouse.is_empty(spec.name)
            strategy = strategist.choose(spec, self.layouts[spec.name].cursor, state, empty=empty)
            if strategy is not None:
                readings.append(self._reading(spec, strategy))
        self._split([reading for reading in readings if reading.strategy.first])
        self._begin(readings)
        self._readings += readings
        return high

    def _known_times(self) -> Iterator[time_zone.Row]:
        """Rows that were just read, with their times."""
        for name, pieces in self._bootstrap.items():
            for piece in pieces:
                if piece.batch and "sys_updated_on" in piece.batch.table.column_names:
                    table = piece.batch.table.select(["sys_id", "sys_updated_on"])
                    for row in table.filter(table["sys_updated_on"].is_valid()).to_pylist():
                        yield name, row["sys_id"], row["sys_updated_on"]

    def packages(self) -> Iterator[list[Any]]:
        """Lists of dlt resources, in catalogue order; each list is one load package.

        A read that goes on where an earlier cycle was cut off ends at that cycle's bound: what changed
        since comes last.
        """
        yield from self._in_packages(self._readings)
        late = [self._since(reading) for reading in self._readings if self._ends_early(reading)]
        self._begin(late)
        yield from self._in_packages(late)

    def read_whole(self) -> set[str]:
        """Tables whose every row of the window was read in this cycle."""
        return {reading.spec.name for reading in self._readings if reading.strategy.first and reading.finished}

    def _ends_early(self, reading: Reading) -> bool:
        bound = reading.strategy.high
        return reading.finished and bound is not None and self.high is not None and bound < self.high

    def _since(self, reading: Reading) -> Reading:
        """The rest of a table, by the cursor that its read has just set."""
        assert self._strategist is not None  # readings with a bound are planned
        strategist = replace(self._strategist, window=Window(self.window.history_start))
        state = {"cursor": reading.run.cursor_after or f"{reading.strategy.high}"}
        strategy = strategist.choose(reading.spec, reading.layout.cursor, state, empty=False)
        assert strategy is not None  # no stretch was given
        return self._reading(reading.spec, strategy)

    def _in_packages(self, waiting: Sequence[Reading]) -> Iterator[list[Any]]:
        while waiting:
            room = _Room(PACKAGE_BYTES)
            yield [self._resource(reading, room) for reading in waiting]
            # What was read beforehand, for the dictionary, has ended before it is loaded.
            waiting = [each for each in waiting if not each.ended or each.spec.name in self._bootstrap]

    def _reading(self, spec: TableSpec, strategy: Strategy) -> Reading:
        run = self._run(spec.name)
        if self.window.low is None:
            run.cursor_before = run.cursor_after = self._states.get(spec.name, {}).get("cursor")
        run.keys = [] if self._layout(spec).cursor is None else None
        empty = self.warehouse.is_empty(spec.name)
        return Reading(spec, self._layout(spec), run, self._pages(spec.name), strategy, appends=empty)

    def _layout(self, spec: TableSpec) -> Layout:
        """What is asked of a table; the floor alone before the dictionary is read."""
        asked = self.layouts.get(spec.name) or layout(spec, None)
        self._run(spec.name).fields = asked.kinds
        return asked

    def count(self, queries: Mapping[str, str]) -> dict[str, int | None]:
        """Rows by table that match, before row ACLs; None where the instance does not say."""
        jobs = [partial(_counted, table, all_of(TABLES[table].base_query, query)) for table, query in queries.items()]
        return dict(zip(queries, self._workers.each(jobs), strict=True))

    def _split(self, readings: Sequence[Reading]) -> None:
        """Cut first reads of large tables into ranges of keys; how many rows they are to bring is asked first."""
        counted = self.count({reading.spec.name: reading.strategy.condition for reading in readings})
        for reading in readings:
            reading.split(counted[reading.spec.name], self.instance.max_concurrency)

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
            # No generator: dlt would look for its module among all that are loaded, which takes seconds.
            itertools.chain(rows),
            name=table,
            primary_key=["instance", "sys_id"],
            write_disposition=disposition,
            schema_contract={"tables": "evolve", "columns": "evolve", "data_type": "freeze"},
        )

    def _rows(self, reading: Reading, room: "_Room", *, new: bool) -> Iterator[pa.Table]:
        """What goes into this package: all that is left of the table, or as much as there is room for."""
        import dlt

        if room.full and not reading.spec.bootstrap:
            return
        name = reading.spec.name
        state = dlt.current.resource_state(name)
        pieces = iter(self._bootstrap.pop(name)) if reading.spec.bootstrap else self._pieces(reading)
        for piece in pieces:
            if piece.batch is None:
                continue
            kept = self._keep(name, self._with_held(name, piece.batch), new)
            if kept.num_rows:
                phase("extract rows")
                room.take(kept.get_total_buffer_size())
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
            run.refused, run.keys = error, None
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
        """Which of these ids the instance serves; none of an optional table that it refused in this cycle."""
        if self._run(table).refused:
            return set()
        parser = RowParser(Layout(table, {"sys_id": "GUID"}, None, {}))
        with self._run(table).timed():
            pages = Sweep(self.client, parser, self._pages(table)).of_keys(keys)
            return {parser.get(row, "sys_id") for page in pages for row in page}

    def _of_keys(self, table: str, keys: Sequence[str]) -> Iterator[pa.Table]:
        run = self._run(table)
        with run.timed():
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


@dataclass
class _Room:
    """Bytes left in a load package."""

    left: int

    @property
    def full(self) -> bool:
        return self.left <= 0

    def take(self, size: int) -> None:
        self.left -= size


def _counted(table: str, query: str, client: Client) -> int | None:
    """Rows that match; None where the instance does not say, which the read itself will complain of."""
    try:
        return client.count(table, query)
    except CredentialsRefused:
        raise
    except (SourceError, TableRefused) as error:
        log.debug("%s: not counted: %s", table, error)
        return None


def _texts(batch: Batch) -> list[dict[str, str | None]]:
    """Rows of a bootstrap table as texts, booleans as the dictionary writes them."""
    columns = {
        name: pc.if_else(column, "true", "false") if pa.types.is_boolean(column.type) else column.cast(pa.string())
        for name, column in zip(batch.table.column_names, batch.table.columns, strict=True)
    }
    return pa.table(columns).to_pylist()
