"""The API as users run it: `ticketlake api` in a process of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.conftest import ROOT

_START_SECONDS = 60.0


@dataclass(frozen=True)
class Served:
    """Where it is, and the file its output goes to, at DEBUG."""

    url: str
    output: Path


@contextmanager
def serving(data_dir: Path, config: Path, environment: Mapping[str, str]) -> Iterator[Served]:
    """Run it on a free port until the context ends; `config` is its settings file."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("TICKETLAKE_", "SERVICENOW_"))
    }
    output = data_dir.with_name("output-of-the-api")
    port_file = data_dir.with_name("port")
    command = ["api", "--port", "0", "--port-file", str(port_file), "--config", str(config), "--debug"]
    with output.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration", *command],
            env={**inherited, "TICKETLAKE_DATA_DIR": str(data_dir), **environment},
            cwd=ROOT,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Served(f"http://127.0.0.1:{_port(process, port_file, output)}", output)
    finally:
        process.terminate()
        ended = process.wait(30)
    assert ended == 0, output.read_text()


def _port(process: "subprocess.Popen[bytes]", port_file: Path, output: Path) -> int:
    """The port, once it answers."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        if port_file.is_file() and re.fullmatch(r"\d+\n", port_file.read_text()):
            port = int(port_file.read_text())
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                    return port
            except httpx.TransportError:
                pass
        time.sleep(0.1)
    raise AssertionError(f"the API did not answer: {output.read_text()}")
