"""Answers that are good and do not arrive so: cut, slow or stalled on their way (reference, section 8, point 6)."""

from dataclasses import dataclass

from ingestion.instance.delivery import Delivery
from ingestion.instance.faults.rule import Call, Fault
from ingestion.instance.messages import Response


@dataclass
class _Carried(Fault):
    """A rule that changes how an answer is sent; the first one that strikes has its way."""

    def delivery(self) -> Delivery:
        """How it is sent."""
        raise NotImplementedError

    def after_answer(self, call: Call, response: Response) -> Response:
        """Sends an answer that has a body the other way."""
        sendable = response.body and response.delivery is None and call.request.method != "HEAD"
        if sendable and self.claim():
            response.delivery = self.delivery()
        return response


@dataclass
class ConnectionReset(_Carried):
    """The connection is reset (RST) after a `share` of the body; with `head` false before anything is sent."""

    kind = "connection_reset"
    share: float = 0.5
    head: bool = True

    def delivery(self) -> Delivery:
        """Cut short by a reset."""
        return Delivery(share=self.share, head=self.head, ending="reset")


@dataclass
class ShortBody(_Carried):
    """The connection is closed after a `share` of the body: short of Content-Length, or `chunked` and no last chunk."""

    kind = "short_body"
    share: float = 0.5
    chunked: bool = False

    def delivery(self) -> Delivery:
        """Cut short by an orderly end."""
        return Delivery(share=self.share, ending="close", chunked=self.chunked)


@dataclass
class SlowBody(_Carried):
    """The body comes in `pieces`, evenly over `seconds`."""

    kind = "slow_body"
    seconds: float = 2.0
    pieces: int = 20

    def delivery(self) -> Delivery:
        """Whole, in the end."""
        return Delivery(pieces=self.pieces, piece_pause=self.seconds / max(self.pieces, 1))


@dataclass
class Stall(_Carried):
    """After a `share` of the body nothing comes for `seconds`, then the rest; with `head` false all comes after."""

    kind = "stall"
    seconds: float = 60.0
    share: float = 0.5
    head: bool = True

    def delivery(self) -> Delivery:
        """Whole, for a client that waits."""
        return Delivery(share=self.share, head=self.head, silence=self.seconds)
