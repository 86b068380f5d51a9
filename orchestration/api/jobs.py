"""Starting long work as a process of the command line, and noting how it ends."""

import json
import logging
import os
import subprocess
import sys
import threading

from ingestion.errors import TicketlakeError
from ingestion.settings import Settings
from orchestration.state import Connector, StateDatabase
from orchestration.state.jobs import Job, Jobs

log = logging.getLogger(__name__)


class JobRunner:
    """Starts jobs. One thread waits for each; a process outlives the server that started it."""

    def __init__(self, settings: Settings, database: StateDatabase) -> None:
        self._settings = settings
        self._jobs = Jobs(database)
        self._own: set[str] = set()
        self._lock = threading.Lock()

    def start(self, connector: Connector, kind: str, arguments: list[str], *, token: str) -> str:
        """Run `ticketlake ARGUMENTS` for a connector; the job's id. `token` is whose behalf it is on.

        Raises JobRunning where the connector has a job already, TicketlakeError where no process can be started.
        """
        self._recover()
        with self._lock:
            job_id = self._jobs.begin(connector.id, kind, actor=f"api:{token}")
            self._own.add(job_id)
        command = [sys.executable, "-W", "ignore", "-m", "orchestration", *arguments, "--json", f"--for-token={token}"]
        if self._settings.config_path is not None:
            command.append(f"--config={self._settings.config_path.absolute()}")
        try:
            # In a session of its own: what stops the server does not stop a sync half-way.
            process = subprocess.Popen(
                command,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            self._ended(job_id, None, f"no process could be started: {error.strerror}")
            raise TicketlakeError(f"no process could be started: {error.strerror}") from None
        self._jobs.started(job_id, process.pid)
        threading.Thread(target=self._wait, args=(job_id, process), name=f"job {job_id}", daemon=True).start()
        return job_id

    def find(self, job_id: str) -> Job | None:
        self._recover()
        return self._jobs.find(job_id)

    def _environment(self) -> dict[str, str]:
        """This process's own, with what its settings have from elsewhere."""
        settings = self._settings
        given = {"TICKETLAKE_DATA_DIR": str(settings.data_dir)}
        if settings.secret_key:
            given["TICKETLAKE_SECRET_KEY"] = settings.secret_key
        return {**os.environ, **given}

    def _wait(self, job_id: str, process: "subprocess.Popen[bytes]") -> None:
        output, _ = process.communicate()
        try:
            said = json.loads(output).get("error")
        except (ValueError, AttributeError):
            said = f"the process ended with {process.returncode} and said nothing"
        self._ended(job_id, process.returncode, said if process.returncode else None)

    def _ended(self, job_id: str, exit_code: int | None, error: str | None) -> None:
        try:
            self._jobs.finish(job_id, exit_code, error)
        except TicketlakeError as failure:
            log.error("job %s ended with %s, which could not be noted: %s", job_id, exit_code, failure)
        with self._lock:
            self._own.discard(job_id)

    def _recover(self) -> None:
        """End the jobs of servers that are gone. Those of this one are waited for."""
        with self._lock:
            self._jobs.recover(except_for=frozenset(self._own))
