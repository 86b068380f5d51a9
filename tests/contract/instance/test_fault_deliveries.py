"""Good answers that do not arrive whole, or not at once; looked at from the socket where it matters."""

import base64
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from ingestion.instance import EmbeddedInstance
from tests.contract.instance.conftest import NOW, Desk


@contextmanager
def asking(desk: Desk) -> Iterator[socket.socket]:
    """A connection on which the list of incidents was asked for."""
    login = base64.b64encode(f"{desk.instance.username}:{desk.instance.password}".encode()).decode()
    request = f"GET /api/now/table/incident HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {login}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", desk.instance.port), timeout=10) as connection:
        connection.sendall(request.encode())
        yield connection


def received(connection: socket.socket) -> bytes:
    """All bytes up to the end; raises ConnectionResetError where that is a reset."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def body_length(answer: bytes) -> tuple[int, int]:
    """Bytes of body that came, and that were announced."""
    head, _, body = answer.partition(b"\r\n\r\n")
    announced = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return len(body), int(announced.partition(b":")[2])


def test_a_reset_in_the_middle_of_the_body(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "connection_reset", "times": 1})
    with asking(desk) as connection:
        first = connection.recv(12)
        assert first == b"HTTP/1.1 200"
        with pytest.raises(ConnectionResetError):
            received(connection)
    assert len(desk.rows("incident")) == 4
    assert desk.instance.control.hits() == [1]


def test_a_reset_before_anything(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "connection_reset", "head": False})
    with asking(desk) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_a_reset_over_tls() -> None:
    with EmbeddedInstance(now=NOW, tls=True) as instance:
        instance.control.faults({"kind": "connection_reset", "times": 1})
        login = (instance.username, instance.password)
        url = f"{instance.url}/api/now/table/sys_db_object"
        trusted = ssl.create_default_context(cafile=instance.certificate)
        with httpx.Client(auth=login, verify=trusted, trust_env=False) as http:
            with pytest.raises(httpx.TransportError):
                http.get(url)
            assert http.get(url).status_code == 200


def test_an_end_short_of_the_announced_length(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "short_body", "share": 0.25, "times": 1})
    with asking(desk) as connection:
        came, announced = body_length(received(connection))
    assert came == announced // 4
    desk.instance.control.clear_faults()
    desk.instance.control.faults({"kind": "short_body", "share": 1.0, "times": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        desk.get("table/incident")
    assert len(desk.rows("incident")) == 4


def test_chunks_without_a_last_one(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "short_body", "chunked": True})
    with asking(desk) as connection:
        answer = received(connection)
    assert b"Transfer-Encoding: chunked" in answer
    assert answer.endswith(b"\r\n") and not answer.endswith(b"0\r\n\r\n")
    with pytest.raises(httpx.RemoteProtocolError):
        desk.get("table/incident")
    assert desk.instance.control.hits() == [2]


def test_a_slow_body_comes_in_pieces_and_whole(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "slow_body", "seconds": 0.4, "pieces": 4, "times": 1})
    started = time.monotonic()
    assert len(desk.rows("incident")) == 4
    assert time.monotonic() - started >= 0.4
    assert desk.instance.control.hits() == [1]


@pytest.mark.parametrize("head", [True, False])
def test_a_stalled_answer_goes_on_after_its_time(desk: Desk, head: bool) -> None:
    desk.instance.control.faults({"kind": "stall", "seconds": 0.4, "head": head, "times": 1})
    started = time.monotonic()
    assert len(desk.rows("incident")) == 4
    assert time.monotonic() - started >= 0.4


@pytest.mark.parametrize("head", [True, False])
def test_a_client_that_does_not_wait_finds_the_instance_well(desk: Desk, head: bool) -> None:
    desk.instance.control.faults({"kind": "stall", "seconds": 60.0, "head": head, "times": 1})
    with pytest.raises(httpx.ReadTimeout):
        desk.http.get("/api/now/table/incident", timeout=0.2)
    assert len(desk.rows("incident")) == 4


def test_the_instance_stops_at_once_in_the_middle_of_a_stall() -> None:
    with EmbeddedInstance(now=NOW) as instance:
        instance.control.faults({"kind": "stall", "seconds": 60.0})
        login = (instance.username, instance.password)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{instance.url}/api/now/table/sys_db_object", auth=login, timeout=0.2, trust_env=False)
        started = time.monotonic()
    assert time.monotonic() - started < 5


def test_the_first_of_two_deliveries_has_its_way(desk: Desk) -> None:
    desk.instance.control.faults({"kind": "slow_body", "seconds": 0.0}, {"kind": "connection_reset"})
    assert len(desk.rows("incident")) == 4
    assert desk.instance.control.hits() == [1, 0]
