"""One pass of the job: extract and load, checks, retention, models, checks, publish.

The assets of `orchestration.defs` call the steps in that order. This module holds the data directory
and knows what each step needs; it knows nothing of Dagster.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING

from ingestion import retention, warehouse
from ingestion.errors import ConfigurationError, QualityError, TicketlakeError, TransientError, WarehouseLocked
from ingestion.phases import phase
from ingestion.settings import InstanceSettings, Settings
from orchestration import erasure, export, followers, publish, versions
from orchestration.connectors import register_configured, targets_of, with_registered
from orchestration.ledger import Ledger
from orchestration.logs import of_run
from orchestration.machine import clock_warnings
from orchestration.recovery.restore import finish_restore
from orchestration.request import CycleRequest
from orchestration.room import check_room
from orchestration.run_report import RunNotes, write_run_report
from orchestration.state import ConnectorStatus, Publications, StateDatabase, check_state

if TYPE_CHECKING:
    from ingestion.pipeline import InstanceReport
    from orchestration.quality import Layer, QualityReport

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int | None], None]
#: Gives, for an instance's name, what its extraction reports rows to: table, rows so far, rows expected.
ProgressOf = Callable[[str], Progress]


@contextmanager
def open_cycle(
    settings: Settings,
    run_id: str,
    request: CycleRequest,
    progress_of: ProgressOf | None = None,
    *,
    lock_seconds: float = 60.0,
) -> Iterator["Cycle"]:
    """Hold the data directory for one pass, and account for it however it ends.

    Raises WarehouseLocked when another run holds it for longer than `lock_seconds`; a tick of the schedule
    is then counted as `skipped`. Old published versions go after the lock is released: waiting for
    their grace keeps nobody else waiting.
    """
    of_run(run_id)
    database = StateDatabase(settings.state_path)
    ledger = Ledger(settings, database, run_id, request)
    with ExitStack() as held:
        try:
            held.enter_context(warehouse.data_directory_lock(settings, f"{request.kind} run {run_id}", lock_seconds))
        except WarehouseLocked as error:
            ledger.refuse(error, [instance.name for instance in targets_of_request(settings, database, request)])
            raise
        finish_restore(settings)
        # Before anything is written to it, and that includes how this cycle ends.
        check_state(settings)
        cycle = Cycle(settings, database, ledger, request, progress_of)
        try:
            cycle.start()
            yield cycle
        finally:
            ledger.close(cycle.failures)
            write_run_report(cycle.settings, database, run_id, cycle.notes)
    if cycle.must_forget:
        versions.unlink_old_now(settings, keep=1)
    else:
        versions.unlink_old(settings, keep=1 if cycle.rewritten else versions.KEEP)


def targets_of_request(settings: Settings, database: StateDatabase, request: CycleRequest) -> list[InstanceSettings]:
    """The instances that a request asks for."""
    return targets_of(settings, database, request.instances, scheduled=request.actor == "schedule")


class Cycle:
    """The steps, and what is known so far. Made by `open_cycle`.

    `failures` are the errors that stopped a step, in order; an instance's own failure is in its
    report. `notes` are for the run's own report. `rewritten` says that the warehouse file was written
    anew, `must_forget` that earlier published versions hold data that has expired.
    """

    def __init__(
        self,
        settings: Settings,
        database: StateDatabase,
        ledger: Ledger,
        request: CycleRequest,
        progress_of: ProgressOf | None = None,
    ) -> None:
        self.settings = settings
        self.request = request
        self.reports: dict[str, InstanceReport] = {}
        self.failures: list[BaseException] = []
        self.rewritten = False
        self.must_forget = False
        self.notes = RunNotes()
        self._ledger = ledger
        self._database = database
        self._publications = Publications(database)
        self._progress_of = progress_of

    @property
    def run_id(self) -> str:
        return self._ledger.run_id

    def start(self) -> None:
        """Begin, and note what is in the way."""
        try:
            self.begin()
        except Exception as error:
            self.failures.append(error)
            raise

    def begin(self) -> None:
        """Put right what dead processes left, and make sure everything exists that steps rely on."""
        phase("begin")
        versions.discard_unfinished(self.settings)
        warehouse.discard_unfinished(self.settings)
        publish.recover_publication(self.settings, self._database)
        for line in self._ledger.open():
            log.warning("recovered: %s", line)
            self.notes.warnings.append(f"recovered: {line}")
        check_room(self.settings)
        version = self._ledger.follow_configuration()
        log.info(
            "%s run %s by %s, configuration version %s", self.request.kind, self.run_id, self.request.actor, version
        )
        register_configured(self.settings, self._database, self.request.actor)
        self.settings = with_registered(self.settings, self._database)
        with warehouse.connect(self.settings) as connection:
            warehouse.ensure_schema(connection)
            warehouse.write_settings(connection, self.settings)
            self.settings = erasure.with_secret(connection, self.settings)
            erasure.settle_rewrites(connection, self.settings)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Note what stops a step, so that the run can say it."""
        done = False
        started = perf_counter()
        phase(name)
        try:
            yield
            done = True
        finally:
            seconds = perf_counter() - started
            self.notes.steps.append((name, seconds))
            log.info("step %s %s after %.1f s", name, "done" if done else "stopped", seconds)
            error = sys.exception()
            if not done and error is not None and not isinstance(error, GeneratorExit):
                log.debug("step %s stopped", name, exc_info=error)
                self.failures.append(error)

    def extract(self) -> None:
        """Extract and load every instance that has not succeeded yet; one failing stops no other."""
        with self.step("extract"):
            for instance in targets_of_request(self.settings, self._database, self.request):
                earlier = self.reports.get(instance.name)
                if earlier is None or earlier.error is not None:
                    self.reports[instance.name] = self._extract_instance(instance)

    @property
    def instance_errors(self) -> dict[str, TicketlakeError]:
        """Why instances failed, by name."""
        return {name: report.error for name, report in self.reports.items() if report.error is not None}

    @property
    def all_instances_failed(self) -> bool:
        return bool(self.reports) and len(self.instance_errors) == len(self.reports)

    @property
    def worth_retrying(self) -> bool:
        """An instance failed in a way that passes."""
        return any(isinstance(error, TransientError) for error in self.instance_errors.values())

    def _extract_instance(self, instance: InstanceSettings) -> "InstanceReport":
        from ingestion.pipeline import Comparing, sync_instance

        connector, request = self._ledger.connector(instance.name), self.request
        first = connector.next_attempt is ConnectorStatus.INITIAL_SYNC
        if first and request.kind != "sync":
            raise ConfigurationError(f"{instance.name!r} has never been synced; run `ticketlake sync` first")
        self._ledger.begin_attempt(instance.name, "initial" if first else request.kind)
        report = sync_instance(
            self.settings,
            instance,
            tables=request.tables or None,
            full=request.full,
            window=request.window,
            comparison=Comparing(request.content, request.allow_mass_delete) if request.kind == "reconcile" else None,
            progress=self._progress_of(instance.name) if self._progress_of else None,
        )
        for warning in (*report.warnings, *clock_warnings(self.settings, report.data_as_of)):
            log.warning("%s", warning)
            self.notes.warnings.append(f"{instance.name}: {warning}")
        if report.error is not None:
            log.error("%s: %s", instance.name, report.error)
        log.info("%s: %s rows read", instance.name, sum(table.rows_read for table in report.tables))
        phase("keep report")
        self._ledger.loaded(report, first_load=first and not request.tables)
        return report

    def check(self, layer: "Layer") -> "QualityReport":
        """Run the data-quality checks of a layer; critical failures count against the cycle."""
        from orchestration.quality import run_checks

        with self.step(f"check {layer}"):
            report = run_checks(self.settings, layer, data_docs=self.request.actor == "schedule")
        self.notes.quality.append(report)
        try:
            report.raise_on_critical()
        except QualityError as error:
            self.failures.append(error)
        return report

    def retain(self) -> list[retention.Expired]:
        """Take out what has expired. The models wait for it."""
        with self.step("retention"):
            if self.request.asks_nothing:
                for name in self.settings.instances:
                    self._ledger.begin_run(name, self.request.kind)
            with warehouse.connect(self.settings) as connection:
                expired = retention.apply(connection, self.settings)
            self.notes.expired = expired
            return expired

    def _rewrite_if_due(self) -> None:
        """Once a day by the settings' now, whenever it was asked for, and after an erasure or a stricter policy.

        After the models: their tables hold what the raw tables no longer do until they are built.
        """
        today, last = self.settings.now().date(), self._publications.last_rewrite()
        is_owed = erasure.is_rewrite_owed(self.settings)
        if self.request.asks_nothing or is_owed or last not in (None, today):
            phase("rewrite")
            export.mark_outdated(self.settings)
            warehouse.rewrite(self.settings)
            self.rewritten = True
        self._publications.rewritten(today)
        self.must_forget = self.rewritten and (is_owed or publish.shown_holds_expired(self.settings))

    def publish(self) -> versions.Version:
        """Write the files anew where that is due, show the new version and call the runs that are in it succeeded."""
        with self.step("publish"):
            self._rewrite_if_due()
            version = publish.publish(self.settings, self._database, self.run_id, self._data_as_of())
            log.info("published %s", version.path.name)
            phase("close books")
            self._ledger.published()
            phase("follow")
            followers.follow(self.settings)
            return version

    def _data_as_of(self) -> datetime:
        """The source's clock the data is complete up to: the earliest of the instances synced."""
        reached = [report.data_as_of for report in self.reports.values() if report.error is None and report.data_as_of]
        last = self._publications.last()
        return min(reached) if reached else last.data_as_of if last else self.settings.now()
