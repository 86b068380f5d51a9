"""An HTTP server on loopback that answers from a script: the answers a client must not mistake for data."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Reply:
    """One answer.

    `cut` sends only half the announced body and closes, `reset` closes before answering, `delay` waits
    so many seconds first.
    """

    status: int = 200
    body: bytes = b'{"result":[]}'
    content_type: str = "application/json;charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    reset: bool = False
    delay: float = 0.0


def rows(*ids: str, **headers: str) -> Reply:
    return Reply(body=json.dumps({"result": [{"sys_id": key} for key in ids]}).encode(), headers=headers)


def error(status: int, message: str, detail: str = "", **headers: str) -> Reply:
    body = {"error": {"message": message, "detail": detail}, "status": "failure"}
    return Reply(status, json.dumps(body).encode(), headers=headers)


def html(status: int, text: str) -> Reply:
    return Reply(status, f"<html><body>{text}</body></html>".encode(), "text/html")


@dataclass
class Script:
    """The answers still to give (the last one repeats) and the requests that came."""

    url: str
    replies: list[Reply]
    requests: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)


@contextmanager
def scripted(*replies: Reply) -> Iterator[Script]:
    script = Script("", list(replies))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(form).items()})

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            self._answer({name: values[0] for name, values in query.items()})

        def _answer(self, parameters: dict[str, str]) -> None:
            script.requests.append((urlsplit(self.path).path, parameters, dict(self.headers)))
            reply = script.replies.pop(0) if len(script.replies) > 1 else script.replies[0]
            time.sleep(reply.delay)
            if reply.reset:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            headers = {"Date": self.date_time_string(), "Content-Type": reply.content_type, **reply.headers}
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
            self.close_connection = self.close_connection or reply.cut

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
