"""Dagster's user interface and its daemon, and the API if asked for, kept running until one ends or we are told to."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from ingestion.errors import TicketlakeError
from ingestion.settings import LogSettings, Settings

_MODULE = "orchestration.definitions"
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.5
#: As Dagster's commands call them; at INFO they say each evaluation of a schedule.
_LEVELS = {"ERROR": "error", "WARN": "warning", "INFO": "info", "DEBUG": "debug"}


def run_services(settings: Settings, host: str, port: int, log: LogSettings, api_port: int | None = None) -> None:
    """Start them and come back when SIGINT or SIGTERM has ended them. With `api_port` the API is one of them.

    Raises TicketlakeError where one of them ends by itself.
    """
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    level = _LEVELS[log.level]
    form = ["--log-format", "json" if log.format == "json" else "colored"]
    module = ["--module-name", _MODULE]
    interface = ["dagster_webserver", "--host", host, "--port", str(port), "--dagster-log-level", level, *form, *module]
    daemon = ["dagster._daemon", "run", "--log-level", level, *form, *module]
    services = [interface, daemon]
    if api_port is not None:
        configured = ["--config", str(settings.config_path.absolute())] if settings.config_path else []
        services.append(["orchestration", "api", "--host", host, "--port", str(api_port), *configured])
    running = {arguments[0]: _start(settings, arguments) for arguments in services}
    try:
        while not stopped.wait(_POLL_SECONDS):
            for name, process in running.items():
                if process.poll() is not None:
                    raise TicketlakeError(f"{name} ended with code {process.returncode}")
    finally:
        for process in running.values():
            process.send_signal(signal.SIGINT)
        for process in running.values():
            _end(process)


def _start(settings: Settings, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    # In a session of its own a terminal's Ctrl-C reaches it once, through us, and its helpers can be ended with it.
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", *arguments],
        cwd=settings.data_dir,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:
        os.killpg(process.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
