"""How an answer goes over the wire where it does not go at once and whole."""

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

#: SO_LINGER on, for no time: closing then resets the connection and drops what is not sent yet.
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Delivery:
    """`share` of the body in `pieces` with `piece_pause` seconds before each, `silence` seconds, then the ending.

    `ending` is the `rest` of the body, or the end of the connection: an orderly `close` or a `reset`.
    With `head` false nothing is sent before the silence, the status line neither. `chunked` sends
    pieces as chunks, so that no length is known beforehand.
    """

    share: float = 1.0
    pieces: int = 1
    piece_pause: float = 0.0
    silence: float = 0.0
    ending: Literal["rest", "close", "reset"] = "rest"
    head: bool = True
    chunked: bool = False

    @property
    def keeps_connection(self) -> bool:
        """Whether the connection is of use afterwards."""
        return self.ending == "rest"

    def length_header(self, body: bytes) -> str:
        """The header that says where the body ends."""
        return "Transfer-Encoding: chunked" if self.chunked else f"Content-Length: {len(body)}"

    def parts(self, head: bytes, body: bytes) -> Iterator[tuple[float, bytes]]:
        """What is sent, each part after the seconds to wait for it."""
        cut = self._cut(body)
        if self.head:
            yield 0.0, head
            size = max(1, -(-cut // self.pieces))
            for start in range(0, cut, size):
                yield self.piece_pause, self._framed(body[start : min(start + size, cut)])
        else:
            cut = 0
        yield self.silence, b""
        if self.ending == "rest":
            if not self.head:
                yield 0.0, head
            if body[cut:]:
                yield 0.0, self._framed(body[cut:])
            if self.chunked:
                yield 0.0, self._framed(b"")

    def _cut(self, body: bytes) -> int:
        cut = int(len(body) * min(max(self.share, 0.0), 1.0))
        # What ends early lacks a byte at least.
        return cut if self.ending == "rest" else min(cut, len(body) - 1)

    def _framed(self, part: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(part), part) if self.chunked else part


def deliver(
    delivery: Delivery,
    head: bytes,
    body: bytes,
    connection: socket.socket,
    write: Callable[[bytes], object],
    stopping: threading.Event,
) -> None:
    """Sends an answer in its own way. Waits end at once when `stopping` is set.

    After an ending other than `rest` the connection must not be used again; after a reset it is gone.
    Raises ConnectionError where the client hangs up first.
    """
    for pause, part in delivery.parts(head, body):
        if pause and stopping.wait(pause):
            return
        if part:
            write(part)
    if delivery.ending == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        # Any other way of closing says goodbye first.
        os.close(connection.detach())
