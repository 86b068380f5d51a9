"""Before anything is routed or parsed: who comes, how often, and how much they bring."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestration.api.answers import Problem
from orchestration.api.rates import Buckets, Rate
from orchestration.state import StateDatabase
from orchestration.state.tokens import ApiToken, Tokens

#: What needs a token; everything else is open to all (health, the OpenAPI document, links that are secrets themselves).
GUARDED = "/resources"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Limits:
    """`body_bytes` and `body_seconds` bound one request; the rates are of a token, and of an address without one."""

    body_bytes: int = 64 * 1024
    body_seconds: float = 15.0
    token: Rate = field(default_factory=lambda: Rate(per_minute=300, burst=60))
    address: Rate = field(default_factory=lambda: Rate(per_minute=60, burst=30))


class Gate:
    """ASGI middleware. A request that passes has its body read and, where it is guarded, its token in `state`."""

    def __init__(self, app: ASGIApp, database: StateDatabase, limits: Limits) -> None:
        self._app = app
        self._tokens = Tokens(database)
        self._limits = limits
        self._by_token = Buckets(limits.token)
        self._by_address = Buckets(limits.address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _hardened(send)
        try:
            token = await self._who(scope)
            if token is not None:
                scope.setdefault("state", {})["token"] = token
                # After who it is: 403 tells a stranger nothing.
                if token.access != "full" and scope["method"] not in _READS:
                    raise Problem(403, "this token may only view; it takes one with full access")
            body = await self._body(scope, receive)
        except Problem as problem:
            await problem.answer()(scope, receive, answer)
            return
        await self._app(scope, _replaying(body, receive), answer)

    async def _who(self, scope: Scope) -> ApiToken | None:
        """The token of a guarded request. Raises Problem 401 and 429."""
        address = (scope.get("client") or ("unknown", 0))[0]
        path = scope["path"]
        if path != GUARDED and not path.startswith(f"{GUARDED}/"):
            if path != "/health":
                _within(self._by_address, address)
            return None
        scheme, _, secret = Headers(scope=scope).get("authorization", "").partition(" ")
        found = None
        if scheme.lower() == "bearer" and secret.strip():
            found = await run_in_threadpool(self._tokens.find, secret.strip())
        if found is None:
            _within(self._by_address, address)
            raise Problem(401, "a bearer token that works is needed", headers={"WWW-Authenticate": "Bearer"})
        _within(self._by_token, found.id)
        return found

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body. Raises Problem 413 and 408."""
        most = self._limits.body_bytes
        # What is not read cannot be told from the next request.
        too_large = Problem(413, f"the body may have {most} bytes", headers={"Connection": "close"})
        said = Headers(scope=scope).get("content-length", "")
        if said.isdigit() and int(said) > most:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    message = await receive()
                    body += message.get("body", b"")
                    if len(body) > most:
                        raise too_large
                    if message["type"] == "http.disconnect" or not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise Problem(408, "the body did not come in time", headers={"Connection": "close"}) from None


def _within(buckets: Buckets, key: str) -> None:
    if wait := buckets.take(key):
        raise Problem(429, f"too many requests; come back in {wait} s", headers={"Retry-After": str(wait)})


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, then what comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _hardened(send: Send) -> Send:
    """Nothing is kept by caches, guessed at by browsers, or told to other sites."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: Any = MutableHeaders(scope=message)
            headers.setdefault("Cache-Control", "no-store")
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "no-referrer")
        await send(message)

    return sending
