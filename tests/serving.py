"""Servers of the command line as users run them: `ticketlake <command> --port 0` in a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.conftest import ROOT, environment_of

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Served:
    """Its address without a slash at the end, the file its output goes to, its process."""

    url: str
    output: Path
    process: subprocess.Popen[bytes]


@contextmanager
def serving(
    command: Sequence[str], data_dir: Path, output: Path, *, health: str, environment: Mapping[str, str] = _NOTHING
) -> Iterator[Served]:
    """Run it on a free port over `data_dir` until the context ends, and see that it ends in good order.

    It is there once `health`, a path, answers with 200. `output` and `<output>-port` are written. Nothing of the
    caller's own settings is seen by it but `environment`.
    """
    port_file = output.with_name(f"{output.name}-port")
    with output.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration", *command, "--port", "0", "--port-file", str(port_file)],
            env=environment_of(data_dir) | environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Served(_url(process, port_file, output, health), output, process)
    finally:
        process.terminate()
        ended = process.wait(_STOP_SECONDS)
    assert ended == 0, output.read_text()


def _url(process: subprocess.Popen[bytes], port_file: Path, output: Path, health: str) -> str:
    """Its address, once it answers."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        if port_file.is_file() and (written := port_file.read_text()).endswith("\n"):
            url = f"http://127.0.0.1:{int(written)}"
            try:
                if httpx.get(url + health).status_code == 200:
                    return url
            except httpx.TransportError:
                pass
        time.sleep(0.1)
    raise AssertionError(f"it did not answer: {output.read_text()}")
