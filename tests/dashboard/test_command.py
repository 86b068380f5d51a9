"""`ticketlake dashboard` as users run it: how it starts, whom it answers, how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.conftest import ROOT, Ticketlake

_PATIENCE_SECONDS = 60.0


@contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process, over a data directory that does not exist, and its port once it answers."""
    port_file = folder / "port"
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TICKETLAKE_", "SERVICENOW_", "STREAMLIT_"))
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration", "dashboard", "--port", "0", "--port-file", str(port_file)],
        env={**inherited, "TICKETLAKE_DATA_DIR": str(folder / "data")},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process, answering_port(process, port_file)
    finally:
        process.kill()
        process.wait()


def answering_port(process: "subprocess.Popen[str]", port_file: Path) -> int:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        if port_file.is_file() and port_file.read_text().endswith("\n"):
            port = int(port_file.read_text())
            try:
                if httpx.get(f"http://127.0.0.1:{port}/_stcore/health").status_code == 200:
                    return port
            except httpx.TransportError:
                pass
        time.sleep(0.1)
    raise AssertionError("the dashboard did not answer")


def test_it_answers_its_own_pages_alone_and_ends_in_good_order(tmp_path: Path) -> None:
    # Two at once: to start costs seconds.
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as both:
        running = [both.enter_context(started(folder)) for folder in folders]
        for (process, port), number in zip(running, (signal.SIGTERM, signal.SIGINT), strict=True):
            page = httpx.get(f"http://127.0.0.1:{port}/")
            assert page.status_code == 200
            assert "default-src 'self'" in page.headers["content-security-policy"]
            start = httpx.get(f"http://127.0.0.1:{port}/overview?priority=1")
            assert (start.status_code, start.headers["location"]) == (307, "/?priority=1")
            stream = f"ws://127.0.0.1:{port}/_stcore/stream"
            with pytest.raises(InvalidStatus, match="403"):
                connect(stream, origin="http://elsewhere.example")
            # Somebody still looks at it when it is told to end.
            both.enter_context(connect(stream, origin=f"http://127.0.0.1:{port}"))
            process.send_signal(number)
        for process, port in running:
            assert process.wait(_PATIENCE_SECONDS) == 0
            assert f"http://127.0.0.1:{port} (Ctrl-C ends it)" in process.communicate()[0]
    # It reads what is there, and makes nothing.
    assert not any((folder / "data").exists() for folder in folders)


def test_a_port_that_is_taken_is_named(ticketlake: Ticketlake, data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = ticketlake("dashboard", "--port", str(port), data_dir=data_dir)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"ticketlake: 127.0.0.1:{port} cannot be bound: ")
    assert "choose another --port" in ended.stderr
