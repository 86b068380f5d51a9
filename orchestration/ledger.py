"""The books of one cycle: its runs, one per instance, and the states of their connectors."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ingestion.errors import CredentialsRefused, TicketlakeError, WarehouseLocked
from ingestion.settings import Settings
from orchestration import versions
from orchestration.configuration.document import document_of
from orchestration.exit_codes import exit_code_of, worst
from orchestration.request import CycleRequest
from orchestration.schedule import tick_of
from orchestration.state import Connector, Connectors, ConnectorStatus, Run, Runs, StateDatabase, recover
from orchestration.state.configuration import Configurations
from orchestration.state.transitions import ATTEMPTING

if TYPE_CHECKING:
    from ingestion.pipeline import InstanceReport


class Ledger:
    """Writes `state.sqlite` as the cycle goes; nothing here touches the warehouse."""

    def __init__(self, settings: Settings, database: StateDatabase, run_id: str, request: CycleRequest) -> None:
        self.run_id = run_id
        self._settings = settings
        self._request = request
        self._database = database
        self._runs = Runs(database)
        self._connectors = Connectors(database)
        self._config_version: int | None = None

    def open(self) -> list[str]:
        """Start the cycle; returns a line for each thing a dead process left and that was put right."""
        shown = versions.current(self._settings)
        lines = recover(
            self._database,
            actor=self._request.actor,
            published_run=shown.run if shown else None,
            next_tick=self._next_tick,
        )
        self._runs.begin_cycle(self.run_id, self._request.kind, self._request.actor)
        return lines

    def follow_configuration(self) -> int:
        """Note and return which version of the configuration the runs of this cycle go by: the latest, or a new one."""
        settings = self._settings
        self._config_version = Configurations(self._database).follow(
            document_of(settings), settings.config_text, actor=self._request.actor, run_id=self.run_id
        )
        return self._config_version

    def refuse(self, error: WarehouseLocked, instances: Iterable[str]) -> None:
        """The data directory was held: a tick of the schedule counts as skipped, a command as failed."""
        scheduled = self._request.actor == "schedule"
        self._runs.begin_cycle(self.run_id, self._request.kind, self._request.actor)
        self._runs.finish_cycle(self.run_id, "skipped" if scheduled else "failed", error.exit_code, str(error))
        if scheduled:
            for instance in instances:
                self._runs.skip(self.run_id, instance, str(error))

    def connector(self, instance: str) -> Connector:
        return self._connectors.get(instance)

    def begin_attempt(self, instance: str, kind: str) -> None:
        """Start the run of an instance that is about to be asked."""
        self._runs.begin(self.run_id, instance, kind, self._config_version)
        self._move(instance, self.connector(instance).next_attempt, f"{kind} started")

    def begin_run(self, instance: str, kind: str) -> None:
        """Start a run that asks the instance nothing: its connector stays as it is."""
        self._runs.begin(self.run_id, instance, kind, self._config_version)

    def loaded(self, report: "InstanceReport", *, first_load: bool) -> None:
        """Keep an instance's report; where it failed, its run has ended."""
        self._runs.loaded(self.run_id, report.instance, report.data_as_of, report.tables)
        if report.error is not None:
            self._fail(report.instance, report.error)
        elif first_load:
            self._connectors.first_load_ended(report.instance)

    def published(self) -> None:
        """The runs that are in the new version have succeeded."""
        for run in self._unfinished():
            self._runs.finish(self.run_id, run.instance)
            if self._is_attempting(run.instance):
                self._move(run.instance, ConnectorStatus.ACTIVE, "published")

    def close(self, failures: Sequence[BaseException]) -> None:
        """End the cycle. Runs that did not get as far as publishing have failed, by the first failure."""
        unfinished = self._unfinished()
        failures = list(failures)
        if unfinished and not failures:
            failures.append(TicketlakeError("the run was stopped before it published"))
        for run in unfinished:
            self._fail(run.instance, failures[0])
        runs = self._runs.of(self.run_id)
        code = worst([*map(exit_code_of, failures), *(run.exit_code or 0 for run in runs)])
        messages = [*map(message_of, failures), *(run.error for run in runs if run.error)]
        self._runs.finish_cycle(
            self.run_id, "failed" if code else "succeeded", code, "; ".join(dict.fromkeys(messages)) or None
        )

    def _unfinished(self) -> list[Run]:
        return [run for run in self._runs.of(self.run_id) if run.status == "running"]

    def _fail(self, instance: str, error: BaseException) -> None:
        self._runs.finish(self.run_id, instance, message_of(error), exit_code_of(error))
        if self._is_attempting(instance):
            refused = isinstance(error, CredentialsRefused)
            self._move(
                instance, ConnectorStatus.AUTH_ERROR if refused else ConnectorStatus.SYNC_ERROR, message_of(error)
            )

    def _is_attempting(self, instance: str) -> bool:
        """Retention also has runs for instances whose connector was deleted."""
        connector = self._connectors.find(instance)
        return connector is not None and connector.status in ATTEMPTING

    def _move(self, instance: str, to: ConnectorStatus, cause: str) -> None:
        self._connectors.move(
            instance,
            to,
            cause=cause,
            actor=self._request.actor,
            run_id=self.run_id,
            rescheduled_for=self._next_tick(self.connector(instance)),
        )

    def _next_tick(self, connector: Connector) -> datetime | None:
        return tick_of(connector, self._settings.sync_cron)


def message_of(error: BaseException) -> str:
    """One line for a person: our own errors say it all, others need their kind."""
    text = str(error) if isinstance(error, TicketlakeError) else f"{type(error).__name__}: {error}"
    return next((line for line in text.splitlines() if line.strip()), type(error).__name__).strip()
