"""What every fault rule has: which requests it strikes, how often, and the hooks by which it acts.

A rule may be bounded: `table` (only requests on that table), `api` (`table` or `stats`; both by
default), `times` (so many hits), `after` (so many matching requests pass first), `rate` with `seed`
(a share of the matching requests, the same ones each time). `hits` counts requests that the rule had
an effect on, not those it only looked at.
"""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from ingestion.instance.messages import Request, Response
from ingestion.instance.platform import Platform
from ingestion.instance.query import EncodedQuery
from ingestion.instance.schema import Schema


class Levers(Protocol):
    """What a rule can move in its instance."""

    @property
    def platform(self) -> Platform:
        """Writes as the platform makes them."""

    def pass_time(self, seconds: float) -> None:
        """Lets so many seconds of the instance's time pass, and the world live through them."""

    def revoke_tokens(self, request: Request, *, refresh: bool) -> bool:
        """Makes all OAuth tokens invalid where the request bears one that is valid; says whether it did."""


@dataclass(frozen=True)
class Call:
    """A request as faults see it.

    `table` and `api` (`table` or `stats`) are '' outside these two APIs, `sys_id` is '' where no
    single record is asked for. `now` is the instance's unix time.
    """

    request: Request
    table: str
    api: str
    sys_id: str
    now: int
    levers: Levers

    @property
    def is_list(self) -> bool:
        """Whether a page of rows is asked for."""
        return self.api == "table" and not self.sys_id and self.request.method == "GET"


@dataclass
class Fault:
    """A rule. Subclasses override the hooks they need, and claim a hit before they act."""

    kind: ClassVar[str]
    #: Whether the rule also reaches paths outside the Table and Aggregate API.
    reaches_every_path: ClassVar[bool] = False
    table: str = ""
    api: str = ""
    times: int = 0
    after: int = 0
    rate: float = 1.0
    seed: int = 0
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.api not in ("", "table", "stats"):
            raise ValueError(f"fault {self.kind}: api is 'table' or 'stats', not {self.api!r}")
        # All parameters, so that two rules with one seed do not strike the same requests: one would hide the other.
        self._random = random.Random(repr(self))
        self._seen = 0
        self._lock = threading.Lock()

    def check(self, schema: Schema) -> None:
        """Raises ValueError or KeyError where the rule makes no sense for the instance's tables."""

    def matches(self, call: Call) -> bool:
        """Whether the rule is about requests like this one."""
        if not call.table and not self.reaches_every_path:
            return False
        return self.table in ("", call.table) and self.api in ("", call.api)

    def due(self) -> bool:
        """Whether it is the turn of this matching request, by `after`, `times` and `rate`; counts it."""
        with self._lock:
            if self.times and self.hits >= self.times:
                return False
            self._seen += 1
            return self._seen > self.after and (self.rate >= 1 or self._random.random() < self.rate)

    def strikes(self, call: Call) -> bool:
        """Whether the rule's hooks are called for this request."""
        return self.matches(call) and self.due()

    def claim(self) -> bool:
        """Counts a hit; False, and the rule must not act, where requests at the same time used up `times`."""
        with self._lock:
            if self.times and self.hits >= self.times:
                return False
            self.hits += 1
            return True

    def before_login(self, _call: Call) -> Response | None:
        """An answer in place of the real one, before the credentials are looked at. May raise ApiError."""

    def before(self, _call: Call) -> Response | None:
        """The same, for a caller who has been let in."""

    def after_answer(self, _call: Call, response: Response) -> Response:
        """The answer, changed."""
        return response

    def readable_query(self, query: EncodedQuery) -> EncodedQuery:
        """The query without what the caller has no right to ask (query ACL)."""
        return query

    def tie_salt(self) -> str:
        """Something on which the order of ties shall depend in this request; '' for nothing."""
        return ""

    def hides_fields(self, _names: frozenset[str]) -> frozenset[str]:
        """Which of the fields of an answer it leaves out (field ACL)."""
        return frozenset()

    def visible(self, sys_ids: Sequence[str]) -> Sequence[str]:
        """The rows of a page, cut already, that the caller may see (row ACL). May raise ApiError."""
        return sys_ids

    def hides(self, _sys_id: str) -> bool:
        """Whether a row of `table` is hidden for as long as the rule is in force."""
        return False

    def facts(self) -> dict[str, Any]:
        """What else there is to tell of the rule, JSON-able."""
        return {}
