"""One cycle of one instance: extract and load, deletes, references, retention, coverage.

Order matters: rows first, then the tombstones that speak of them, then references that lead outside
the window, then what has expired. Each step can be repeated: a killed cycle is simply run again.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import pyarrow as pa

from ingestion import counts, coverage, deletes, drift, reconcile, references, retention, seen_changes, warehouse
from ingestion.errors import TicketlakeError
from ingestion.held import HeldRows
from ingestion.known_columns import known_columns
from ingestion.loading import Loader, loader
from ingestion.phases import phase
from ingestion.privacy.checking import check_policy
from ingestion.privacy.filter import filter_of
from ingestion.privacy.stored import follow_policy, note_dropped
from ingestion.reconcile import MassDelete
from ingestion.rereading import ColumnReader
from ingestion.servicenow import fields, keys
from ingestion.servicenow.catalogue import TABLES
from ingestion.servicenow.client import Client
from ingestion.servicenow.feed import Workers
from ingestion.servicenow.reading import TableRun
from ingestion.servicenow.records import Misfit
from ingestion.servicenow.source import Extraction
from ingestion.servicenow.strategy import Window
from ingestion.settings import InstanceSettings, Settings

log = logging.getLogger(__name__)

#: Of DuckDB's memory, while pages, columns and files of the extraction take theirs.
_LOADING_SHARE = 1 / 4

#: Called with table, rows read so far, and the total where it is known.
Progress = Callable[[str, int, int | None], None]


@dataclass
class TableReport:
    """One row of `meta.sync_tables`, without run and instance."""

    table_name: str
    rows_read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    requests: int = 0
    bytes: int = 0
    retries: int = 0
    seconds: float = 0.0
    cursor_before: str | None = None
    cursor_after: str | None = None


@dataclass(frozen=True)
class Comparing:
    """A comparison of keys that was asked for. `content` compares every row's content, not only its version."""

    content: bool = False
    allow_mass_delete: bool = False


@dataclass
class InstanceReport:
    """What a cycle did to one instance. `data_as_of` is the instance's clock, naive UTC."""

    instance: str
    status: str = "succeeded"
    error: TicketlakeError | None = None
    tables: list[TableReport] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    data_as_of: datetime | None = None


def sync_instance(
    settings: Settings,
    instance: InstanceSettings,
    *,
    tables: Sequence[str] | None = None,
    full: bool = False,
    window: tuple[datetime, datetime] | None = None,
    comparison: Comparing | None = None,
    progress: Progress | None = None,
) -> InstanceReport:
    """Bring the raw layer of one instance up to date. The caller holds the data directory's lock.

    `tables` narrows the cycle to some tables; `full` reads all as if for the first time; `window`
    re-reads a stretch of `sys_updated_on` (naive UTC, inclusive) and leaves the cursors alone.
    `comparison` asks for a comparison of keys with the source, which otherwise comes once a day.
    Failures of the instance do not raise: the report says `failed` and carries the error.
    """
    report = InstanceReport(instance.name)
    low, high = window or (None, None)
    full = full or bool(comparison and comparison.content)
    span = Window(settings.history_start(), full=full, low=low, high=high)
    try:
        with (
            Client(instance, ca_bundle=settings.ca_bundle, proxy=settings.proxy) as client,
            warehouse.connect(settings, memory_share=_LOADING_SHARE) as connection,
        ):
            warehouse.ensure_schema(connection)
            rows: dict[str, TableReport] = {}
            while True:
                try:
                    with loader(settings, connection, instance.name) as packages, Workers(client) as workers:
                        cycle = _Cycle(settings, connection, packages, client, workers, report, rows)
                        cycle.run(span, tables or instance.tables, comparison, progress)
                    break
                except Misfit as misfit:
                    # Each time a column is text for good, so this comes to an end.
                    if not drift.widen(connection, instance.name, misfit):
                        raise
                    report.warnings.clear()
    except TicketlakeError as error:
        log.debug("%s: the cycle stopped", instance.name, exc_info=error)
        report.status, report.error = "failed", error
    return report


class _Cycle:
    """The steps of one cycle, and the report they fill."""

    def __init__(
        self,
        settings: Settings,
        connection: duckdb.DuckDBPyConnection,
        packages: Loader,
        client: Client,
        workers: Workers,
        report: InstanceReport,
        rows: dict[str, TableReport],
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._packages = packages
        self._client = client
        self._workers = workers
        self._report = report
        self._rows = rows
        self._reread: set[str] = set()
        self._seen = seen_changes.SeenChanges(connection, client.instance)
        #: Rows that were read and not loaded, as they have expired.
        self._expired: Counter[str] = Counter()

    def run(
        self, window: Window, tables: Sequence[str], comparison: Comparing | None, progress: Progress | None
    ) -> None:
        instance = self._client.instance
        gone = retention.expired_before(self._connection, instance.name)
        expiry = retention.Expiry(instance, self._settings.retention_start(), gone)
        held = HeldRows(self._connection, instance.name)
        self._privacy = filter_of(self._settings, self._connection, instance)
        self._seen.recover()

        def keep(table: str, batch: pa.Table, new: bool) -> pa.Table:
            """Rows that go on to dlt, as they may be stored: neither expired nor the same as what is held."""
            batch = self._privacy(table, batch)
            alive = expiry.keep(table, batch)
            self._expired[table] += batch.num_rows - alive.num_rows
            # At once: where this load is cut off, nobody meets these rows again, but what belongs to them.
            references.remember(self._connection, instance.name, expiry.take_dropped(), expired=True)
            if new:
                return alive
            fresh = held.changed(table, alive, self._seen.note if table == seen_changes.TABLE else None)
            self._row(table).unchanged += alive.num_rows - fresh.num_rows
            return held.with_kept(table, fresh)

        extraction = Extraction(
            self._client, self._workers, window, held, keep, tables, self._packages.states(), progress
        )
        phase("read dictionary")
        extraction.read_dictionary()
        self._check_fields(extraction)
        check_policy(instance, extraction.dictionary)
        phase("plan")
        held.add_columns(extraction.layouts)
        phase("follow the privacy policy")
        for change in follow_policy(self._connection, instance.name, self._privacy):
            log.info("%s", change)
        phase("follow the dictionary")
        self._follow_dictionary(extraction, held, window)
        self._report.data_as_of = extraction.plan(lambda high: self._by_content(window, high))
        if extraction.zoned:
            self._report.warnings.append(
                f"{instance.name}: the instance reads times in queries in the API user's own time zone: set that "
                "user's time zone to GMT; until then tables are read by sys_id through wider bounds, at more requests"
            )
        for resources in extraction.packages():
            self._load(extraction, resources)
        phase("remove absent rows")
        self._remove_absent(extraction)
        phase("apply deletes")
        self._apply_deletes(extraction)
        refused = self._reconcile(extraction, comparison) if window.low is None else None
        phase("fetch references")
        self._fetch_references(extraction)
        phase("expire")
        for line in retention.apply(self._connection, self._settings, only=instance.name):
            self._row(line.table_name).deleted += line.rows
        phase("record coverage")
        self._finish(extraction)
        for error in (*extraction.postponed.values(), refused):
            if error:
                raise error

    def _check_fields(self, extraction: Extraction) -> None:
        """Hold the columns that the settings name against the dictionary, before anything is changed."""
        instance, known = self._client.instance, fields.known_columns(extraction.dictionary)
        remembered = known_columns(self._connection, instance.name).get(fields.TABLE, {})
        self._report.warnings += fields.refuse_unknown(instance, known, remembered)
        for standard, missing in fields.missing_required(instance, known).items():
            self._report.warnings.append(f"required field {standard} is missing: {missing}")

    def _follow_dictionary(self, extraction: Extraction, held: HeldRows, window: Window) -> None:
        now = self._client.server_time or self._settings.now()
        start = window.history_start
        reader = ColumnReader(self._connection, extraction, self._workers, held, self._privacy, start, now)
        self._reread = drift.follow(reader)
        held.kept = drift.kept_columns(self._connection, extraction)

    def _load(self, extraction: Extraction, resources: Iterable[object]) -> None:
        def before() -> None:
            audit = extraction.runs.get(seen_changes.AUDIT)
            kinds = extraction.layouts[seen_changes.TABLE].kinds if seen_changes.TABLE in extraction.layouts else {}
            self._seen.settle(kinds, is_refused=audit is not None and audit.refused is not None)

        loads = self._packages.load(resources, before)
        self._seen.settled()
        for table, loaded in loads.items():
            row = self._row(table)
            row.inserted += loaded.inserted
            row.updated += loaded.updated
            row.unchanged += loaded.unchanged

    def _remove_absent(self, extraction: Extraction) -> None:
        """What a table that was read whole no longer has is gone at the source."""
        now = self._client.server_time or self._settings.now()
        for table, run in extraction.runs.items():
            if run.keys is None:
                continue
            # Counts ignore row ACLs: what is counted is hidden, and stays.
            missing = deletes.absent(self._connection, self._client.instance.name, table, run.keys)
            hidden = keys.counted(self._client, table, missing)
            seen = [*run.keys, *hidden]
            removed, refused = deletes.remove_absent(self._connection, self._client.instance.name, table, seen, now)
            self._row(table).deleted += removed
            if refused:
                self._report.warnings.append(
                    f"{self._client.instance.name}: {table}: {refused} held rows are missing from a whole read; they "
                    "are kept, as a lost right looks the same"
                )

    def _apply_deletes(self, extraction: Extraction) -> None:
        """Take out what the delete feed says is gone, unless the source still serves it."""
        name = self._client.instance.name
        marks = deletes.candidates(self._connection, name, extraction.dictionary)
        served = {table: extraction.served(table, [mark.key for mark in listed]) for table, listed in marks.items()}
        for table, count in deletes.apply(self._connection, name, marks, served).items():
            self._row(table).deleted += count

    def _by_content(self, window: Window, high: datetime) -> frozenset[str]:
        """Tables that are read whole to compare content: once a day, users, groups and configuration items.

        Scripts change such rows without moving `sys_updated_on`.
        """
        last = counts.last_compared(self._connection, self._client.instance.name)
        due = window.low is None and last is not None and last.date() < high.date()
        return frozenset(name for name, spec in TABLES.items() if spec.by_content) if due else frozenset()

    def _reconcile(self, extraction: Extraction, asked: Comparing | None) -> MassDelete | None:
        """Compare keys with the source where that is due, and heal; then count. The refusal where too much is missing.

        The first sync counts as the first comparison of those tables that it read in one go. Where no
        delete feed can be read, each sync compares.
        """
        name, now = self._client.instance.name, self._client.server_time or self._settings.now()
        feed = extraction.runs.get(deletes.FEED)
        last = counts.last_compared(self._connection, name)
        due = bool(asked or (feed and feed.refused) or last is None or last.date() < now.date())
        swept, whole = reconcile.swept_tables(extraction), extraction.read_whole()
        proofs: dict[str, counts.Proof] = {}
        refused = None
        for table in swept if due else ():
            if last is None and not asked and table in whole:
                proofs[table] = self._as_loaded(extraction.runs[table])
                continue
            phase("compare keys")
            found = reconcile.compare(self._connection, extraction, table, self._settings.history_start(), now)
            phase("heal")
            held = reconcile.count_held(self._connection, name, table)
            refusal = reconcile.check_mass_delete(found, held)
            if refusal and not (asked and asked.allow_mass_delete):
                log.error("%s: %s", name, refusal)
                refused = refused or refusal
            else:
                dead = dict.fromkeys(found.gone, now)
                self._row(table).deleted += deletes.remove(self._connection, name, table, dead, "key_sweep")
                proofs[table] = counts.Proof(len(found.hidden))
            if found.stale:
                self._load(extraction, extraction.fetch({table: found.stale}))
        counts.record(self._connection, extraction, swept, proofs, self._settings.history_start(), now)
        return refused

    def _as_loaded(self, run: TableRun) -> counts.Proof:
        """What the first read of a table proves: rows that were counted and did not come are hidden."""
        hidden = max(0, run.total - run.rows_read) if run.total is not None else 0
        return counts.Proof(hidden, hidden + self._expired[run.table])

    def _fetch_references(self, extraction: Extraction) -> None:
        """Fetch rows outside the window that kept rows refer to; then those that these refer to."""
        name = self._client.instance.name
        unreadable = [table for table, run in extraction.runs.items() if run.refused]
        while wanted := references.missing(self._connection, name, extraction.layouts, unreadable):
            self._load(extraction, extraction.fetch(wanted))
            references.remember(self._connection, name, wanted)

    def _finish(self, extraction: Extraction) -> None:
        name = self._client.instance.name
        for table, run in extraction.runs.items():
            row = self._row(table)
            traffic = self._client.traffic_of(table)
            row.requests, row.bytes, row.retries = traffic.requests, traffic.bytes, traffic.retries
            row.rows_read, row.seconds = run.rows_read, round(run.seconds, 3)
            row.cursor_before, row.cursor_after = run.cursor_before, run.cursor_after
            if run.refused:
                self._report.warnings.append(f"{run.refused}; {table} is left out")
        changed = [table for table, row in self._rows.items() if row.inserted or row.updated or row.deleted]
        deletes.forget_returned(self._connection, name, changed)
        drift.note_shown(self._connection, name, extraction.runs)
        coverage.record(self._connection, name, extraction.runs, self._reread.union(changed))
        note_dropped(self._connection, name, self._client.instance.privacy)
        self._report.tables = list(self._rows.values())

    def _row(self, table: str) -> TableReport:
        return self._rows.setdefault(table, TableReport(table))
