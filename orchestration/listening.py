"""Servers of our own: the address they are had at, and how they end."""

import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

from ingestion.errors import TicketlakeError

if TYPE_CHECKING:
    import uvicorn


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes any free one. Raise TicketlakeError where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise TicketlakeError(f"{host}:{port} cannot be bound: {error.strerror}; choose another --port") from None


def serve(server: "uvicorn.Server", listening: socket.socket, host: str, port_file: Path | None) -> None:
    """Say where it is, on standard error and in `port_file`, and run it until SIGINT or SIGTERM, which end the command
    with exit code 0."""
    port = listening.getsockname()[1]
    if port_file is not None:
        port_file.write_text(f"{port}\n", encoding="utf-8")
    scheme = "https" if server.config.is_ssl else "http"
    print(f"{scheme}://{host}:{port} (Ctrl-C ends it)", file=sys.stderr, flush=True)
    # uvicorn ends in good order and then sends itself the signal once more: being told to stop is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    server.run(sockets=[listening])


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise typer.Exit(0)
