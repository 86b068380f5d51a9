"""One table's part in a cycle: which walks read it, how far each has come, and the cursor afterwards.

A table that is read by key may be cut into ranges of `sys_id` that are walked at the same time. What
each range has brought is kept with the rows, so a first load that was cut off goes on from there.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow.compute as pc

from ingestion.errors import Postponed, SourceError, TableRefused
from ingestion.servicenow.catalogue import TableSpec
from ingestion.servicenow.cells import Cells
from ingestion.servicenow.client import Client
from ingestion.servicenow.dictionary import Layout
from ingestion.servicenow.feed import Walk
from ingestion.servicenow.page_size import PageSize
from ingestion.servicenow.query import TIME_FORMAT
from ingestion.servicenow.records import Batch, RowParser
from ingestion.servicenow.strategy import Strategy
from ingestion.servicenow.sweep import Sweep
from ingestion.servicenow.turns import COMPUTING
from ingestion.servicenow.walks import KeyWalk, TimeWalk, ranges

#: Rows, or bytes in memory, handed on at once: enough for column work to pay, little enough to wait in memory.
BATCH_ROWS, BATCH_BYTES = 10_000, 16 * 2**20


@dataclass
class TableRun:
    """What happened to one table: the counts of `meta.sync_tables`, and what coverage needs."""

    table: str
    rows_read: int = 0
    seconds: float = 0.0
    cursor_before: str | None = None
    cursor_after: str | None = None
    #: Rows that a first read is to bring, as far as known.
    total: int | None = None
    #: Rows with the key absent, by column.
    absent: dict[str, int] = field(default_factory=dict)
    refused: SourceError | TableRefused | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    #: The ids of a table that was read whole, to its proven end; None where it was not.
    keys: list[str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count what one session needs meanwhile for this table."""
        started = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self.seconds += time.monotonic() - started


@dataclass(frozen=True)
class Piece:
    """A batch that one walk brought; `batch` None says that the walk has come to its proven end.

    The walk is named by `upto`, the end of its range of keys ('' for the last or only range); `last`
    is the greatest key it has brought.
    """

    batch: Batch | None
    upto: str = ""
    last: str = ""


@dataclass
class Reading:
    """How one table is read in this cycle, and how far that has come.

    `appends` says that no row was held before.
    """

    spec: TableSpec
    layout: Layout
    run: TableRun
    pages: PageSize
    strategy: Strategy
    appends: bool = False
    newest: str = field(init=False)
    #: All walks have come to their proven end.
    finished: bool = False
    #: Nothing more comes in this cycle.
    ended: bool = False
    #: How far the unfinished walks have come, by `upto`.
    reached: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.newest = self.strategy.newest
        self.reached = {walk.upto: walk.after for walk in self.strategy.walks}

    def split(self, total: int | None, concurrency: int) -> None:
        """Walk a first read of so many rows in ranges at once."""
        self.run.total = total
        self.strategy = replace(self.strategy, walks=ranges(total, concurrency, self.strategy.condition))
        self.reached = {walk.upto: walk.after for walk in self.strategy.walks}

    def workload(self, instance: str) -> list[Walk[Piece]]:
        """The walks as work for sessions."""
        return [_Work(self, walk, instance) for walk in self.strategy.walks]

    def took(self, piece: Piece) -> None:
        """Note that the loader has this piece."""
        if piece.batch is None:
            del self.reached[piece.upto]
            return
        self.reached[piece.upto] = piece.last
        table, run, cursor = piece.batch.table, self.run, self.layout.cursor
        run.rows_read += table.num_rows
        for column, absent in piece.batch.hidden.items():
            run.absent[column] = run.absent.get(column, 0) + sum(absent)
        if cursor is not None:
            top = pc.max(table[cursor]).as_py()
            self.newest = max(self.newest, top.strftime(TIME_FORMAT) if top else "")
        elif run.keys is not None:
            run.keys += table["sys_id"].to_pylist()

    def remember(self, state: dict[str, Any]) -> None:
        """Write into the table's state what the next cycle goes by; travels with the rows taken so far.

        Only after the last piece does the cursor move.
        """
        if self.pages.rows < self.pages.most:
            state["page_size"] = self.pages.rows
        else:
            state.pop("page_size", None)
        if self.strategy.high is None or self.run.refused:
            return
        if not self.finished:
            if (unfinished := self.strategy.unfinished(self.reached, self.newest)) is not None:
                state["walk"] = unfinished
            return
        state.pop("walk", None)
        before: str | None = state.get("cursor")
        after = min(max(self.newest, before or ""), self.strategy.high.strftime(TIME_FORMAT))
        if after:
            state["cursor"] = self.run.cursor_after = max(after, before or "")


@dataclass(frozen=True)
class _Work:
    """One walk, as a worker does it: pages to batches of typed rows."""

    reading: Reading
    walk: KeyWalk | TimeWalk
    instance: str

    def __call__(self, client: Client) -> Iterator[Piece]:
        reading = self.reading
        # A parser of its own: it is not made for several threads.
        sweep = Sweep(client, RowParser(reading.layout), reading.pages, reading.spec.base_query)
        found = batches(sweep, self.walk.pages(sweep), self.instance)
        last = self.walk.after
        while batch := self._measured(found):
            last = batch.table["sys_id"][-1].as_py()
            bounds = reading.strategy.filtered
            yield Piece(batch.where(bounds.holds(batch.table)) if bounds else batch, self.walk.upto, last)
        yield Piece(None, self.walk.upto, last)

    def _measured(self, found: Iterator[Batch]) -> Batch | None:
        """The next batch; its time is counted, but not while it waits for the loader."""
        with self.reading.run.timed():
            return next(found, None)


def batches(sweep: Sweep, pages: Iterator[Sequence[Any]], instance: str) -> Iterator[Batch]:
    """Pages of rows to larger batches of typed rows. Where the instance puts off the rest, what came goes on first."""
    gathered: list[Cells | Batch] = []
    rows = size = 0
    try:
        for page in pages:
            with COMPUTING:
                gathered.append(read := sweep.parser.page(page, instance))
            rows, size = rows + read.rows, size + read.size
            if rows >= BATCH_ROWS or size >= BATCH_BYTES:
                yield sweep.parser.together(gathered, instance)
                gathered, rows, size = [], 0, 0
    except Postponed:
        if gathered:
            yield sweep.parser.together(gathered, instance)
        raise
    if gathered:
        yield sweep.parser.together(gathered, instance)
