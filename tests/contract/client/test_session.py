"""One HTTP session: whom it trusts, the way through a proxy, and bodies as they are transferred."""

import base64
import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.servicenow.session import NoAnswer, Session
from ingestion.settings import InstanceSettings
from tests.contract.client.scripted import Reply, scripted

PATH = "/api/now/table/incident"


@pytest.fixture(scope="module")
def secure() -> Iterator[EmbeddedInstance]:
    """An instance over https, with a certificate of its own."""
    with EmbeddedInstance(tls=True) as instance:
        yield instance


def asked(url: str, ca_bundle: Path | None = None, proxy: str | None = None) -> int:
    """The status of an answer without credentials, which is 401."""
    session = Session(InstanceSettings("test", url, timeout_seconds=5), str(ca_bundle) if ca_bundle else None, proxy)
    try:
        return session.get(PATH, {"sysparm_limit": 1}, {}).status
    finally:
        session.close()


@contextmanager
def tunnel(seen: list[str]) -> Iterator[str]:
    """A proxy that takes one CONNECT and passes bytes on; what was asked of it goes into `seen`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_pass_on, args=(server, seen))
        thread.start()
        try:
            yield f"http://reader:secret@127.0.0.1:{server.getsockname()[1]}"
        finally:
            thread.join(10)


def _pass_on(server: socket.socket, seen: list[str]) -> None:
    client, _ = server.accept()
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4096)
    seen += head.decode().split("\r\n")
    host, _, port = seen[0].split()[1].partition(":")
    with client, socket.create_connection((host, int(port))) as there:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_copy, args=(there, client))
        back.start()
        _copy(client, there)
        back.join(10)


def _copy(source: socket.socket, target: socket.socket) -> None:
    while data := source.recv(65536):
        target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def test_a_private_authority_is_trusted_where_it_is_given(secure: EmbeddedInstance) -> None:
    assert asked(secure.url, secure.certificate) == 401


def test_no_other_certificate_is_trusted(secure: EmbeddedInstance) -> None:
    with pytest.raises(NoAnswer, match="certificate verify failed"):
        asked(secure.url)


def test_https_goes_through_the_proxy_and_shows_it_who_asks(secure: EmbeddedInstance) -> None:
    seen: list[str] = []
    with tunnel(seen) as proxy:
        assert asked(secure.url, secure.certificate, proxy) == 401
    who = base64.b64encode(b"reader:secret").decode()
    assert seen[0].startswith("CONNECT 127.0.0.1:")
    assert f"proxy-authorization: basic {who.lower()}" in [line.lower() for line in seen]


def test_a_compressed_body_is_counted_as_it_was_transferred() -> None:
    body = b'{"result":[' + b" " * 10_000 + b"]}"
    packed = gzip.compress(body)
    with scripted(Reply(body=packed, headers={"Content-Encoding": "gzip"})) as script:
        session = Session(InstanceSettings("test", script.url), None, None)
        answer = session.get(PATH, {}, {})
        session.close()
    assert (answer.content, answer.size) == (body, len(packed))
