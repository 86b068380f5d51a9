"""`/_control/*`: what drives an embedded instance and tells the truth about it. Loopback only.

| path | methods |
|---|---|
| `clock` | GET; POST `now` (ISO 8601), `advance_seconds`, `advance` (`90s`, `15m`, `2h`, `3d`), `per_request_seconds` |
| `faults` | GET rules with hits; POST a rule or a list; DELETE |
| `mutate` | POST a list of operations, see `mutation` |
| `truth` | GET figures and row counts; `?table=T` all rows of T, raw, with `&visible=true` those not ACL-hidden |
| `requests` | GET the log; DELETE |
| `settings` | GET the switches; POST changes, see `options` |
| `tokens` | DELETE expires access tokens, with `?refresh=true` refresh tokens too |
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

import orjson

from ingestion.instance.auth import Authenticator
from ingestion.instance.clock import Clock, stamp
from ingestion.instance.faults import FaultRegistry
from ingestion.instance.messages import JSON, ApiError, Request, Response, json_response
from ingestion.instance.mutation import Mutator
from ingestion.instance.options import SWITCHES, InstanceOptions
from ingestion.instance.request_log import RequestLog
from ingestion.instance.store import Store

PREFIX = "/_control/"
#: Rows that are sent together: each part costs both sides its own.
_ROWS_A_PART = 500
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Life(Protocol):
    """The part of an instance that lets time pass."""

    def live_on(self, to: datetime) -> None:
        """Sets the clock to `to` and lets the world live up to it."""

    def pass_time(self, seconds: float) -> None:
        """Lets so many seconds pass, and the world live through them."""

    def truth(self) -> dict[str, Any]:
        """The world's own figures; empty without a world."""


class Control:
    """Answers the control paths. Input that cannot be is a 400 that says why."""

    def __init__(
        self,
        life: Life,
        store: Store,
        clock: Clock,
        options: InstanceOptions,
        faults: FaultRegistry,
        mutator: Mutator,
        log: RequestLog,
        authenticator: Authenticator,
    ) -> None:
        self._life = life
        self._store = store
        self._clock = clock
        self._options = options
        self._faults = faults
        self._mutator = mutator
        self._log = log
        self._authenticator = authenticator
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "clock"): lambda _: self._clock_state(),
            ("POST", "clock"): self._move_clock,
            ("GET", "faults"): lambda _: json_response(self._faults.describe()),
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "mutate"): self._mutate,
            ("GET", "truth"): self._truth,
            ("GET", "requests"): lambda _: json_response(self._log.entries()),
            ("DELETE", "requests"): self._clear_log,
            ("GET", "settings"): lambda _: self._settings(),
            ("POST", "settings"): self._change_settings,
            ("DELETE", "tokens"): self._expire_tokens,
        }

    def answer(self, request: Request) -> Response:
        """A request below `/_control/`; raises ApiError."""
        if not ipaddress.ip_address(request.peer).is_loopback:
            raise ApiError(403, "User Not Authorized", "/_control is open to the loopback interface only")
        route = self._routes.get((request.method, request.path.removeprefix(PREFIX).strip("/")))
        if route is None:
            raise ApiError(404, "No such control path", f"{request.method} {request.path}")
        try:
            return route(request)
        except (ValueError, TypeError, KeyError) as error:
            detail = error.args[0] if error.args else repr(error)
            raise ApiError(400, "Invalid control request", str(detail)) from error

    def _clock_state(self) -> Response:
        now = self._clock.now().isoformat(timespec="seconds")
        return json_response({"now": now, "per_request_seconds": self._options.per_request_seconds})

    def _move_clock(self, request: Request) -> Response:
        change = _object(request)
        if unknown := change.keys() - {"now", "advance_seconds", "advance", "per_request_seconds"}:
            raise ValueError(f"the clock takes no {', '.join(sorted(unknown))}")
        if "per_request_seconds" in change:
            self._options.change({"per_request_seconds": change["per_request_seconds"]})
        if "now" in change:
            self._life.live_on(datetime.fromisoformat(change["now"]))
        seconds = change.get("advance_seconds", 0) + _seconds(change.get("advance", "0s"))
        if seconds:
            self._life.pass_time(seconds)
        return self._clock_state()

    def _add_faults(self, request: Request) -> Response:
        rules = request.json()
        self._faults.add(*(rules if isinstance(rules, list) else [rules]))
        return json_response(self._faults.describe())

    def _clear_faults(self, _: Request) -> Response:
        self._faults.clear()
        return json_response([])

    def _mutate(self, request: Request) -> Response:
        operations = request.json()
        return json_response(self._mutator.apply(operations if isinstance(operations, list) else [operations]))

    def _truth(self, request: Request) -> Response:
        table = request.parameters.get("table")
        if table:
            self._store.schema.table(table)
            visible = request.parameters.get("visible") == "true"
            return Response(200, headers=[("Content-Type", JSON)], stream=self._raw_rows(table, visible))
        counts = {item.name: self._store.count(item.name) for item in self._store.schema}
        truth = {"now": stamp(self._clock.now()), "counts": counts, **self._life.truth()}
        return json_response(truth)

    def _raw_rows(self, table: str, visible: bool) -> Iterator[bytes]:
        separator = b'{"result":['
        shown = (row for row in self._store.rows(table) if not (visible and self._faults.hides(table, row["sys_id"])))
        rows = map(orjson.dumps, shown)
        while part := b",".join(islice(rows, _ROWS_A_PART)):
            yield separator + part
            separator = b","
        yield (separator if separator != b"," else b"") + b"]}"

    def _clear_log(self, _: Request) -> Response:
        self._log.clear()
        return json_response([])

    def _settings(self) -> Response:
        return json_response({name: getattr(self._options, name) for name in SWITCHES})

    def _change_settings(self, request: Request) -> Response:
        self._options.change(dict(_object(request)))
        return self._settings()

    def _expire_tokens(self, request: Request) -> Response:
        self._authenticator.expire_tokens(refresh=request.parameters.get("refresh") == "true")
        return json_response({})


def _object(request: Request) -> Mapping[str, Any]:
    content = request.json()
    if not isinstance(content, dict):
        raise ValueError("the body must be a JSON object")
    return content


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if match is None:
        raise ValueError(f"cannot read the time span {text!r}; write 90s, 15m, 2h or 3d")
    return float(match[1]) * _UNIT_SECONDS[match[2]]
