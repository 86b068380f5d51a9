"""An embedded instance in a process of its own, and the program that serves one."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Self

from ingestion.instance.access import Access
from ingestion.instance.client import ControlClient
from ingestion.instance.embedded import EmbeddedInstance
from ingestion.instance.options import InstanceOptions
from ingestion.instance.world import World

#: An `InstanceOptions` as JSON. Arguments, unlike the environment, are for everybody on the machine to read.
_OPTIONS_VARIABLE = "TICKETLAKE_INSTANCE_OPTIONS"


@dataclass(frozen=True)
class ServeOptions:
    """What to serve: an event log, a company of so many incidents, or with 0 of them an empty instance."""

    port: int = 0
    port_file: Path | None = None
    incidents: int = 10_000
    days: int = 396
    seed: int = 1
    event_log: Path | None = None
    now: datetime | None = None
    speed: float = 0.0

    def world(self) -> World | None:
        """The world these options ask for."""
        # An empty instance starts in a tenth of a second; the worlds take their time to import.
        if self.event_log is not None:
            from ingestion.instance.replay import Replay

            return Replay(self.event_log)
        if not self.incidents:
            return None
        from ingestion.instance.company import Company

        return Company(self.incidents, self.days, self.seed)

    def arguments(self) -> list[str]:
        """The same options for the command line of `python -m ingestion.instance`."""
        given: dict[str, object] = {
            "--port": self.port,
            "--port-file": self.port_file,
            "--incidents": self.incidents,
            "--days": self.days,
            "--seed": self.seed,
            "--event-log": self.event_log,
            "--now": self.now.isoformat() if self.now else None,
            "--speed": self.speed,
        }
        return [text for name, value in given.items() if value is not None for text in (name, str(value))]


def environment_options() -> InstanceOptions:
    """The options an `EmbeddedProcess` hands to its process, else the default ones."""
    return InstanceOptions(**json.loads(os.environ.get(_OPTIONS_VARIABLE, "{}")))


def serve(options: ServeOptions, instance_options: InstanceOptions | None = None) -> None:
    """Serves an instance until SIGINT or SIGTERM; its address goes to stdout and its port to the port file."""
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    instance = EmbeddedInstance(
        options.world(),
        now=options.now,
        speed=options.speed,
        port=options.port,
        options=instance_options or environment_options(),
    )
    with instance:
        print(f"ServiceNow instance at {instance.url}, user {instance.username}", flush=True)
        if options.port_file is not None:
            _write_at_once(options.port_file, f"{instance.port}\n")
        stopped.wait()


def _write_at_once(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text)
    beside.replace(path)


class EmbeddedProcess(Access):
    """`python -m ingestion.instance` while the context is open; arguments as those of `ServeOptions`.

    Raises RuntimeError, with what the process said, where it does not come up within `start_seconds`.
    """

    def __init__(
        self,
        options: ServeOptions | None = None,
        *,
        instance_options: InstanceOptions | None = None,
        start_seconds: float = 300.0,
    ) -> None:
        self._serve_options = options or ServeOptions()
        self.options = instance_options or InstanceOptions()
        self._start_seconds = start_seconds
        self.url = ""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="ticketlake-instance-")
        port_file = self._serve_options.port_file or Path(self._folder.name, "port")
        port_file.unlink(missing_ok=True)
        error_file = Path(self._folder.name, "stderr")
        arguments = replace(self._serve_options, port_file=port_file).arguments()
        with error_file.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ingestion.instance", *arguments],
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={**os.environ, _OPTIONS_VARIABLE: json.dumps(asdict(self.options))},
            )
        deadline = time.monotonic() + self._start_seconds
        while not port_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._end()
                raise RuntimeError(f"the embedded instance did not come up: {error_file.read_text()[-2000:]}")
            time.sleep(0.02)
        self.url = f"http://127.0.0.1:{int(port_file.read_text())}"
        self.control = ControlClient(self.url)
        return self

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __exit__(self, *_: object) -> None:
        self.control.close()
        self._end()
        self._folder.cleanup()
