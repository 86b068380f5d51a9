"""One request and one answer, free of the server that carries them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from ingestion.instance.delivery import Delivery

JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True)
class Request:
    """What a client asked. `target` is path and query as sent; header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = "127.0.0.1"
    scheme: str = "http"

    @cached_property
    def path(self) -> str:
        """The decoded path."""
        return unquote(urlsplit(self.target).path)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Query parameters in the order sent, decoded."""
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Query parameters by name; of a repeated one the last."""
        return dict(self.pairs)

    @property
    def base(self) -> str:
        """Scheme and host as the client sees them."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}"

    def json(self) -> Any:
        """The body as JSON; raises ApiError 400 where it is none."""
        try:
            return orjson.loads(self.body or b"null")
        except orjson.JSONDecodeError as error:
            raise ApiError(400, "Exception while reading request", f"The payload is not valid JSON: {error}") from error


@dataclass
class Response:
    """What goes back: `body`, or the parts of `stream` one after the other. `rows` counts the records in it.

    `delivery` is how the body is sent where it is not simply sent. An answer that `is_front_end` did
    not come from the instance, and lacks the headers of one.
    """

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    rows: int = 0
    stream: Iterator[bytes] | None = None
    delivery: Delivery | None = None
    is_front_end: bool = False

    @property
    def reason(self) -> str:
        """The phrase of the status line."""
        return HTTPStatus(self.status).phrase


class ApiError(Exception):
    """An answer with the error body of the Table API (reference, section 1.4)."""

    def __init__(
        self, status: int, message: str, detail: str | None = None, headers: list[tuple[str, str]] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail
        self.headers = headers or []

    def response(self) -> Response:
        """The error as an answer."""
        content = {"error": {"message": self.message, "detail": self.detail}, "status": "failure"}
        return json_response(content, self.status, self.headers)


def json_response(content: Any, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    """An answer whose body is `content` as JSON."""
    return Response(status, orjson.dumps(content), [("Content-Type", JSON), *(headers or [])])


def html_response(status: int, title: str, text: str) -> Response:
    """A page, as gateways and front ends send it."""
    page = f"<html><head><title>{title}</title></head><body>{text}</body></html>"
    return Response(status, page.encode(), [("Content-Type", "text/html")])
