"""Faults that the instance can be told to have, one class per kind.

A rule may be bounded: `table` (only requests on that table), `times` (so many hits), `after` (so
many matching requests pass first), `rate` with `seed` (a share of the matching requests, the same
ones each time). `KINDS` is the registry; a new kind is a subclass in it.
"""

import random
import threading
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar

from ingestion.instance.messages import ApiError, Request, Response


@dataclass(frozen=True)
class Call:
    """A request as faults see it: `table` is '' outside the Table and Aggregate API; `now` is unix time."""

    request: Request
    table: str
    now: int


@dataclass
class Fault:
    """A rule. Subclasses override the hooks they need; `hits` counts how often it took effect."""

    kind: ClassVar[str]
    table: str = ""
    times: int = 0
    after: int = 0
    rate: float = 1.0
    seed: int = 0
    hits: int = field(default=0, init=False)
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def strikes(self, table: str) -> bool:
        """Whether the rule takes effect on this request; counts it."""
        if (self.table and self.table != table) or (self.times and self.hits >= self.times):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.rate < 1 and self._random.random() >= self.rate):
            return False
        self.hits += 1
        return True

    def before(self, call: Call) -> Response | None:
        """An answer in place of the real one, or None. May raise ApiError."""

    def before_login(self, call: Call) -> Response | None:
        """The same, before the credentials are looked at."""

    def after_answer(self, _call: Call, response: Response) -> Response:
        """The answer, changed."""
        return response

    def hidden_fields(self) -> frozenset[str]:
        """Fields that row answers of `table` leave out (field ACL)."""
        return frozenset()

    def hides_row(self, _sys_id: str) -> bool:
        """Whether a row of `table` is taken out of a page after it was cut (row ACL)."""
        return False


@dataclass
class TokenExpiry(Fault):
    """401 whatever the credentials: what an expired token or a locked user gets."""

    kind = "unauthorized"

    def before(self, _call: Call) -> Response | None:
        """Refuses."""
        raise ApiError(
            401,
            "User Not Authenticated",
            "Required to provide Auth information",
            [("WWW-Authenticate", 'BASIC realm="Service-now"')],
        )


@dataclass
class RateLimit(Fault):
    """429. `retry_after` seconds, -1 for an answer without any of the headers."""

    kind = "rate_limit"
    retry_after: int = 1
    limit: int = 100

    def before(self, call: Call) -> Response | None:
        """Refuses."""
        headers = []
        if self.retry_after >= 0:
            headers = [
                ("X-RateLimit-Limit", str(self.limit)),
                ("X-RateLimit-Reset", str(call.now + self.retry_after)),
                ("X-RateLimit-Rule", "3f1cdfe4b7d52300ad9d1e7c3d11a9f0"),
                ("Retry-After", str(self.retry_after)),
            ]
        detail = f"Rate limit of {self.limit} requests per hour for Table API exceeded"
        raise ApiError(429, "Rate limit exceeded", detail, headers)


@dataclass
class ServerError(Fault):
    """A 5xx, as JSON or, as gateways send it, HTML."""

    kind = "server_error"
    status: int = 500
    html: bool = False

    def before_login(self, _call: Call) -> Response | None:
        """Fails."""
        if self.html:
            body = f"<html><head><title>{self.status}</title></head><body>Upstream error</body></html>"
            return Response(self.status, body.encode(), [("Content-Type", "text/html")])
        raise ApiError(self.status, "Internal error", "An unexpected error occurred; try again later")


@dataclass
class Latency(Fault):
    """Waits `seconds` of real time before anything else happens."""

    kind = "latency"
    seconds: float = 0.1

    def before_login(self, _call: Call) -> Response | None:
        """Waits."""
        time.sleep(self.seconds)
        return None


@dataclass
class Forbidden(Fault):
    """403: the user may not read the table; with `api_level` the REST API itself is closed to him."""

    kind = "forbidden"
    api_level: bool = False

    def before(self, call: Call) -> Response | None:
        """Refuses."""
        detail = f"User is unauthorized to access table: {call.table}"
        raise ApiError(403, "User Not Authorized", "Failed API level ACL Validation" if self.api_level else detail)


@dataclass
class UnknownTable(Fault):
    """400: the instance does not have the table (a plugin is not active)."""

    kind = "unknown_table"

    def before(self, call: Call) -> Response | None:
        """Refuses."""
        raise ApiError(400, f"Invalid table {call.table}")


@dataclass
class HiddenField(Fault):
    """Field ACL: the key of `field` is absent from row answers."""

    kind = "hidden_field"
    field: str = ""

    def hidden_fields(self) -> frozenset[str]:
        """The one field."""
        return frozenset((self.field,))


@dataclass
class HiddenRows(Fault):
    """Row ACL: rows vanish from a page after it was cut, so pages come short. `sys_ids`, or a `share` of all."""

    kind = "hidden_rows"
    sys_ids: tuple[str, ...] = ()
    share: float = 0.0

    def hides_row(self, sys_id: str) -> bool:
        """Whether the row is one of those; a share is chosen by sys_id and seed, so the same ones each time."""
        if sys_id in self.sys_ids:
            return True
        return self.share > 0 and zlib.crc32(f"{self.seed}{sys_id}".encode()) / 2**32 < self.share


KINDS: dict[str, type[Fault]] = {
    kind.kind: kind
    for kind in (TokenExpiry, RateLimit, ServerError, Latency, Forbidden, UnknownTable, HiddenField, HiddenRows)
}


class FaultRegistry:
    """The rules in force, in the order they were added."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, rule: Mapping[str, Any]) -> Fault:
        """Adds a rule given as `{"kind": ..., parameters}`. Raises ValueError for what no rule takes."""
        options = dict(rule)
        kind = KINDS.get(options.pop("kind", ""))
        if kind is None:
            raise ValueError(f"no fault kind {rule.get('kind')!r}; there are {', '.join(KINDS)}")
        known = {item.name for item in fields(kind) if item.init}
        if unknown := options.keys() - known:
            raise ValueError(
                f"fault {kind.kind} takes no {', '.join(sorted(unknown))}; it takes {', '.join(sorted(known))}"
            )
        if isinstance(options.get("sys_ids"), list):
            options["sys_ids"] = tuple(options["sys_ids"])
        fault = kind(**options)
        with self._lock:
            self._rules.append(fault)
        return fault

    def clear(self) -> None:
        """Removes every rule."""
        with self._lock:
            self._rules.clear()

    def describe(self) -> list[dict[str, Any]]:
        """The rules with their parameters that are not the default, and their hits."""
        with self._lock:
            return [_described(rule) for rule in self._rules]

    def striking(self, table: str) -> list[Fault]:
        """The rules that take effect on this request; each is counted."""
        with self._lock:
            return [rule for rule in self._rules if rule.strikes(table)]


def _described(rule: Fault) -> dict[str, Any]:
    changed = {
        item.name: getattr(rule, item.name)
        for item in fields(rule)
        if item.init and item.default is not MISSING and getattr(rule, item.name) != item.default
    }
    return {"kind": rule.kind, **changed, "hits": rule.hits}


def hidden_fields(rules: Iterable[Fault]) -> frozenset[str]:
    """All fields that the rules hide."""
    return frozenset().union(*(rule.hidden_fields() for rule in rules))
