"""Reading some columns again for the rows that are held: `sys_id` and these columns are all that is asked for.

The kept window is walked by key; what it does not bring (rows fetched by reference, rows that left
the window) is asked for by id. What comes lies in the temporary table `reread` until it is applied.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from ingestion.held import HeldRows
from ingestion.phases import phase
from ingestion.privacy.filter import PrivacyFilter
from ingestion.privacy.policy import CHANGES
from ingestion.servicenow.catalogue import TABLES
from ingestion.servicenow.client import Client
from ingestion.servicenow.dictionary import Layout
from ingestion.servicenow.feed import Workers
from ingestion.servicenow.page_size import PageSize
from ingestion.servicenow.reading import TableRun, batches
from ingestion.servicenow.records import Batch, RowParser, fill_hidden
from ingestion.servicenow.source import Extraction
from ingestion.servicenow.strategy import first_bounds
from ingestion.servicenow.sweep import Sweep
from ingestion.servicenow.walks import ranges
from ingestion.warehouse import RAW, quoted

#: The window is asked for wider than it is, so that no time zone cuts it; other rows are not held and do no harm.
_SLACK = timedelta(days=2)
_AHEAD = 4


@dataclass
class Reread:
    """What came: rows, and in how many of them a column was left out (field ACL)."""

    rows: int = 0
    absent: dict[str, int] = field(default_factory=dict)

    def hidden(self, columns: Collection[str]) -> set[str]:
        """The columns that no row showed."""
        return {name for name in columns if self.rows and self.absent.get(name, 0) == self.rows}


@dataclass(frozen=True)
class ColumnReader:
    """Reads columns again for one instance. `start` and `high` (naive UTC) bound the kept window."""

    connection: duckdb.DuckDBPyConnection
    extraction: Extraction
    workers: Workers
    held: HeldRows
    privacy: PrivacyFilter
    start: datetime
    high: datetime

    def read(self, table: str, columns: Collection[str]) -> Reread:
        """Fill `reread` with `sys_id` and the columns, in their raw types, of all rows that are served.

        A value that an answer left out is the held one. Raises Misfit, TableRefused, UnknownTable and
        what else the instance's failures raise.
        """
        if table in CHANGES:
            # What may be stored of a changed value depends on its field.
            columns = {*columns, CHANGES[table][0]}
        names = ", ".join(["sys_id", *map(quoted, sorted(columns))])
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE reread AS SELECT {names} FROM {RAW}.{table} LIMIT 0")
        found = Reread()
        held = self._count(table)
        if not held:
            return found
        phase("read columns again")
        layout = self.extraction.layouts[table]
        bounds = first_bounds(TABLES[table], layout.cursor, self.start, self.high) if layout.cursor else None
        condition = bounds.query(_SLACK) if bounds else ""
        concurrency = self.extraction.instance.max_concurrency
        self._take(table, columns, ranges(held, concurrency, condition), found)
        self._take(table, columns, self._others(table), found)
        return found

    def _others(self, table: str) -> "list[_IdWalk]":
        """Held rows that the window did not bring."""
        missing = self.connection.execute(
            f"SELECT sys_id FROM {RAW}.{table} WHERE instance = ? AND sys_id NOT IN (SELECT sys_id FROM reread)"
            " ORDER BY sys_id",
            [self.extraction.instance.name],
        ).fetchall()
        return [_IdWalk([key for (key,) in missing])] if missing else []

    def _take(self, table: str, columns: Collection[str], walks: "Sequence[_Walk]", found: Reread) -> None:
        whole = self.extraction.layouts[table]
        kinds = {"sys_id": "GUID", **{name: whole.kinds[name] for name in sorted(columns)}}
        layout = Layout(table, kinds, whole.cursor, {}, whole.exact & kinds.keys())
        run = self.extraction.runs.setdefault(table, TableRun(table, fields=whole.kinds))
        pages = PageSize(self.extraction.instance.page_size)
        work = [partial(_walked, walk, layout, pages, self.extraction.instance.name, run) for walk in walks]
        feed = self.workers.feed(work, _AHEAD)
        try:
            for batch in feed:
                found.rows += batch.table.num_rows
                for name, absent in batch.hidden.items():
                    found.absent[name] = found.absent.get(name, 0) + sum(absent)
                self._keep(table, batch)
        finally:
            feed.close()

    def _keep(self, table: str, batch: Batch) -> None:
        rows: pa.Table = batch.table
        if batch.hidden:
            held = self.held.held_values(table, list(batch.hidden), rows["sys_id"])
            rows = fill_hidden(batch, held) if held is not None and held.num_rows else rows
        rows = self.privacy(table, rows)
        self.connection.register("piece", rows)
        self.connection.execute("INSERT INTO reread BY NAME SELECT * EXCLUDE (instance) FROM piece")
        self.connection.unregister("piece")

    def _count(self, table: str) -> int:
        sql = f"SELECT count(*) FROM {RAW}.{table} WHERE instance = ?"
        return int(self.connection.execute(sql, [self.extraction.instance.name]).fetchall()[0][0])


class _Walk(Protocol):
    def pages(self, sweep: Sweep) -> Iterator[Sequence[Any]]:
        """The pages on the way."""


@dataclass(frozen=True)
class _IdWalk:
    """The rows with these ids."""

    keys: list[str]

    def pages(self, sweep: Sweep) -> Iterator[Sequence[Any]]:
        return sweep.of_keys(self.keys)


def _walked(
    walk: "_Walk", layout: Layout, pages: PageSize, instance: str, run: TableRun, client: Client
) -> Iterator[Batch]:
    """One walk, as a worker does it; its requests count for the table, its rows do not."""
    sweep = Sweep(client, RowParser(layout), pages, TABLES[layout.table].base_query)
    found = batches(sweep, walk.pages(sweep), instance)
    while True:
        with run.timed():
            batch = next(found, None)
        if batch is None:
            return
        yield batch
