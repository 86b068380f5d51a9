"""The HTTP server that carries an instance: HTTP/1.1 with connections kept alive, a thread for each."""

import socket
import ssl
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ingestion.instance.delivery import deliver
from ingestion.instance.headers import lowered
from ingestion.instance.messages import Request, Response

Handle = Callable[[Request], Response]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "InstanceServer"

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        headers = lowered(dict(self.headers.items()))
        request = Request(self.command, self.path, headers, body, self.client_address[0], self.server.scheme)
        self._send(self.server.handle(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _send(self, response: Response) -> None:
        lines = [f"HTTP/1.1 {response.status} {response.reason}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        if response.stream is not None:
            lines.append("Transfer-Encoding: chunked")
        elif response.delivery is not None:
            lines.append(response.delivery.length_header(response.body))
        elif response.status != 204:
            lines.append(f"Content-Length: {len(response.body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if response.stream is not None:
            self.wfile.write(head)
            for part in response.stream:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        elif self.command == "HEAD":
            self.wfile.write(head)
        elif response.delivery is not None:
            self.close_connection = self.close_connection or not response.delivery.keeps_connection
            stopping = self.server.stopping
            deliver(response.delivery, head, response.body, self.connection, self.wfile.write, stopping)
        else:
            self.wfile.write(head + response.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps quiet: the instance has its own log of requests."""


class InstanceServer(ThreadingHTTPServer):
    """Serves `handle` on `host` and `port` (0: any free one) once `start` is called; https with `tls`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, handle: Handle, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.handle = handle
        self.scheme = "https" if tls else "http"
        self._tls = tls
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        #: Set when the server stops: what waits, waits no longer.
        self.stopping = threading.Event()
        super().__init__((host, port), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """A new connection. TLS shakes hands at its first read, in the thread that serves it."""
        connection, address = super().get_request()
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def opened(self, connection: socket.socket) -> None:
        """Notes a connection, to be cut at the end."""
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forgets a connection."""
        with self._lock:
            self._connections.discard(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Passes over clients that hang up; anything else is shown as usual."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            super().handle_error(request, client_address)

    def start(self) -> None:
        """Serves in a thread of its own until `stop`."""
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="instance", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends serving and cuts the connections that clients keep open."""
        self.stopping.set()
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._lock:
            open_connections = list(self._connections)
        for connection in open_connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was quicker
