"""`ticketlake dashboard` as users run it: how it starts, whom it answers, how it ends."""

import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.browser.served import serving_dashboard
from tests.conftest import Ticketlake

_PATIENCE_SECONDS = 60.0


def test_it_answers_its_own_pages_alone_and_ends_in_good_order(tmp_path: Path) -> None:
    # Two at once: to start costs seconds.
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as both:
        running = [both.enter_context(serving_dashboard(folder / "data", folder / "output")) for folder in folders]
        for served, number in zip(running, (signal.SIGTERM, signal.SIGINT), strict=True):
            page = httpx.get(f"{served.url}/")
            assert page.status_code == 200
            assert "default-src 'self'" in page.headers["content-security-policy"]
            start = httpx.get(f"{served.url}/overview?priority=1")
            assert (start.status_code, start.headers["location"]) == (307, "/?priority=1")
            stream = f"{served.url.replace('http', 'ws')}/_stcore/stream"
            with pytest.raises(InvalidStatus, match="403"):
                connect(stream, origin="http://elsewhere.example")
            # Somebody still looks at it when it is told to end.
            both.enter_context(connect(stream, origin=served.url))
            served.process.send_signal(number)
        for served in running:
            assert served.process.wait(_PATIENCE_SECONDS) == 0
            assert f"{served.url} (Ctrl-C ends it)" in served.output.read_text()
    # It reads what is there, and makes nothing.
    assert not any((folder / "data").exists() for folder in folders)


def test_a_port_that_is_taken_is_named(ticketlake: Ticketlake, data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = ticketlake("dashboard", "--port", str(port), data_dir=data_dir)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"ticketlake: 127.0.0.1:{port} cannot be bound: ")
    assert "choose another --port" in ended.stderr
