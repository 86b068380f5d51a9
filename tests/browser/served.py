"""The dashboard as users run it: `ticketlake dashboard` in a process of its own."""

import os
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
    """Its address without a slash at the end, the file its output goes to, its process."""

    url: str
    output: Path
    pid: int


@contextmanager
def serving(data_dir: Path, output: Path) -> Iterator[Served]:
    """Run it on a free port over `data_dir` until the context ends; `output` and `<output>-port` are written."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TICKETLAKE_", "SERVICENOW_", "STREAMLIT_"))
    }
    port_file = output.with_name(f"{output.name}-port")
    with output.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration", "dashboard", "--port", "0", "--port-file", str(port_file)],
            env={**inherited, "TICKETLAKE_DATA_DIR": str(data_dir)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Served(f"http://127.0.0.1:{_port(process, port_file, output)}", output, process.pid)
    finally:
        process.terminate()
        ended = process.wait(_STOP_SECONDS)
    assert ended == 0, output.read_text()


def _port(process: "subprocess.Popen[bytes]", port_file: Path, output: Path) -> int:
    """The port, once it answers."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        if port_file.is_file() and (written := port_file.read_text()).endswith("\n"):
            port = int(written)
            try:
                if httpx.get(f"http://127.0.0.1:{port}/_stcore/health").status_code == 200:
                    return port
            except httpx.TransportError:
                pass
        time.sleep(0.1)
    raise AssertionError(f"the dashboard did not answer: {output.read_text()}")
