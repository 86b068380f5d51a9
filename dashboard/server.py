"""The dashboard as an ASGI application: Streamlit's app behind headers that let a page ask nobody but us."""

import gc
import importlib
import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dashboard.handed_over import HandedOver

SCRIPT = Path(__file__).parent / "entry" / "main.py"

#: The first page's address is the root alone; others are called as they are named, so people try this.
_START = "/overview"
#: What takes long to import, and needs no running Streamlit.
_IMPORTED = ("dashboard.figures", "dashboard.charts", "pandas.io.formats.style", "pyarrow")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]

#: Streamlit's own scripts and styles, charts (Vega compiles its expressions) and pictures made in the page.
#: An image or link in a ticket's title can ask nobody for anything.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "frame-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


def create_app(handed: HandedOver) -> Asgi:
    """The application. It sets this process's environment for the app; one a process."""
    os.environ.update(handed.environment())

    from streamlit import App

    # What the script imports is had now, so that the first visitor need not wait for it.
    for module in _IMPORTED:
        importlib.import_module(module)
    # What is imported stays: collecting garbage need not look at it again and again.
    gc.collect()
    gc.freeze()

    return _guarded(App(SCRIPT))


def _guarded(app: Asgi) -> Asgi:
    """Add the headers, lead to the first page, and turn away sockets that a page from elsewhere opens.

    Streamlit would ask a service on the internet which address it has itself before it turned them away.
    """

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not _is_from_here(scope):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return

        if scope["type"] == "http" and scope["path"] == _START:
            query = scope["query_string"]
            location = b"/" + (b"?" + query if query else b"")
            await send({"type": "http.response.start", "status": 307, "headers": [(b"location", location)]})
            await send({"type": "http.response.body"})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        await app(scope, receive, with_headers)

    return answer


def _is_from_here(scope: Message) -> bool:
    """Whether no browser is behind it, or one that shows a page of ours (RFC 6455, section 10.2)."""
    headers = {bytes(name).lower(): bytes(value).decode("latin-1") for name, value in scope["headers"]}
    origin = headers.get(b"origin")
    return origin is None or urlsplit(origin).netloc == headers.get(b"host")
