"""The dashboard as users run it: `ticketlake dashboard` in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.conftest import ROOT

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Served:
    """Its address without a slash at the end, and the file its output goes to."""

    url: str
    output: Path


@contextmanager
def serving(data_dir: Path, output: Path) -> Iterator[Served]:
    """Run it on a free port over `data_dir` until the context ends."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TICKETLAKE_", "SERVICENOW_", "STREAMLIT_"))
    }
    port = _free_port()
    with output.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration", "dashboard", "--port", str(port)],
            env={**inherited, "TICKETLAKE_DATA_DIR": str(data_dir)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url, output)
        yield Served(url, output)
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(process: "subprocess.Popen[bytes]", url: str, output: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        try:
            if httpx.get(f"{url}/_stcore/health").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the dashboard did not answer: {output.read_text()}")
