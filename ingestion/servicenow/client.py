"""One request to one instance: who asks, how often it is tried, and whether the answer is good.

A page is good only when the status is 200, the content is JSON, `result` is there, `error` is not,
and every row is an object (Table API reference, section 1.4). Everything else is tried again or
raised: it is never data and never the end of the data.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from ingestion.errors import (
    AddressTooLong,
    CredentialsRefused,
    HibernatingError,
    PageTooHeavy,
    Postponed,
    SourceError,
    TableRefused,
    TransientError,
    UnknownTable,
)
from ingestion.servicenow.authentication import Authentication
from ingestion.servicenow.gate import Gate
from ingestion.servicenow.session import NoAnswer, Response, Session
from ingestion.servicenow.turns import COMPUTING
from ingestion.settings import InstanceSettings

log = logging.getLogger(__name__)

#: A `Retry-After` above this ends the table instead of holding the run (seconds).
LONGEST_WAIT = 900.0
_BACKOFF_CAP = 60.0
#: 408 and 425 are asked again like any overload; 202 is a full session queue.
_RETRIED = frozenset({202, 408, 425, 429})
_EXECUTION_TIME = "maximum execution time exceeded"
#: The page asked for was more than the instance, or what lies between, could carry.
_TOO_HEAVY = frozenset({413, 504})

T = TypeVar("T")


@dataclass
class Traffic:
    """What was sent and received: requests, bytes of bodies as transferred, retries."""

    requests: int = 0
    bytes: int = 0
    retries: int = 0


class _Books:
    """What all sessions sent and received, by table."""

    def __init__(self) -> None:
        self._tables: dict[str, Traffic] = {}
        self._lock = threading.Lock()

    def add(self, table: str, before: Traffic, after: Traffic) -> None:
        """What one session did for a table between two readings of its counts."""
        with self._lock:
            total = self._tables.setdefault(table, Traffic())
            total.requests += after.requests - before.requests
            total.bytes += after.bytes - before.bytes
            total.retries += after.retries - before.retries

    def of(self, table: str) -> Traffic:
        with self._lock:
            return replace(self._tables.get(table, Traffic()))


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A good answer: its decoded `result`, `X-Total-Count` (before ACLs) where it was sent, and bytes of its body."""

    result: T
    total: int | None
    date: datetime | None
    size: int = 0


class _Retry(Exception):
    """This try failed in a way that may pass.

    `after` seconds is the server's wish, if it has one; `busy` says that it holds for all sessions;
    `heavy` that a smaller page may be answered.
    """

    def __init__(
        self,
        reason: str,
        after: float | None = None,
        *,
        busy: bool = False,
        heavy: bool = False,
        error: type[TransientError] = TransientError,
    ):
        super().__init__(reason)
        self.after = after
        self.busy = busy
        self.heavy = heavy
        self.error = error


#: Characters of an address that are tried first; servers commonly take 8,192.
_LONGEST_ADDRESS = 7_500


class _Address:
    """The longest address that the instance is known to take, in characters."""

    def __init__(self) -> None:
        self.longest = _LONGEST_ADDRESS

    def refused(self, length: int) -> None:
        self.longest = min(self.longest, length * 3 // 4)


class _Clock:
    """The latest `Date` header that any session saw, naive UTC."""

    def __init__(self) -> None:
        self.now: datetime | None = None
        self._lock = threading.Lock()

    def saw(self, date: datetime | None) -> None:
        with self._lock:
            if date is not None and (self.now is None or date > self.now):
                self.now = date


@dataclass(frozen=True)
class _Shared:
    """What all sessions of one instance have in common."""

    gate: Gate
    authentication: Authentication
    clock: _Clock
    address: _Address
    books: _Books
    sleep: Callable[[float], None]
    ca_bundle: str | None
    proxy: str | None


class Client:
    """Requests to one instance over one HTTP session, which belongs to one thread.

    A thread of its own takes a `sibling()`: it shares the pace, the token and the clock.
    `traffic` counts what this session sent and received.
    """

    def __init__(
        self,
        instance: InstanceSettings,
        *,
        ca_bundle: str | None = None,
        proxy: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        _shared: _Shared | None = None,
    ) -> None:
        self.instance = instance
        self.traffic = Traffic()
        self._shared = shared = _shared or _Shared(
            Gate(instance.max_concurrency, instance.requests_per_hour, sleep),
            Authentication(instance.credentials),
            _Clock(),
            _Address(),
            _Books(),
            sleep,
            ca_bundle,
            proxy,
        )
        self._random = random.Random()
        self._session = Session(instance, shared.ca_bundle, shared.proxy)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def sibling(self) -> "Client":
        """Another session on the same instance."""
        return Client(self.instance, _shared=self._shared)

    @property
    def longest_address(self) -> int:
        """Characters after the host that are known not to be too many."""
        return self._shared.address.longest

    @property
    def server_time(self) -> datetime | None:
        """The latest `Date` header, naive UTC: the clock of all cursors."""
        return self._shared.clock.now

    def traffic_of(self, table: str) -> Traffic:
        """All that was ever asked about a table, by every session: pages, counts, probes and comparisons."""
        return self._shared.books.of(table)

    def table(
        self,
        table: str,
        parameters: Mapping[str, str | int],
        decoder: "msgspec.json.Decoder[Any]",
        *,
        shrinks: bool = False,
    ) -> Answer[Any]:
        """A page of `/api/now/table/{table}`; `decoder` reads the body to an envelope with `result`.

        Raises CredentialsRefused, TableRefused, UnknownTable, AddressTooLong, Postponed,
        TransientError after the last try, and SourceError for any other answer that cannot be used.
        With `shrinks`, PageTooHeavy comes at once where a smaller page may be answered.
        """
        return self._ask(table, f"/api/now/table/{table}", parameters, decoder, shrinks)

    def count(self, table: str, query: str) -> int:
        """Rows that match by the aggregate API, which does not apply row ACLs."""
        answer = self._ask(
            table,
            f"/api/now/stats/{table}",
            {"sysparm_query": query, "sysparm_count": "true"},
            _STATS,
        )
        return int(answer.result.stats.count)

    def _ask(
        self,
        table: str,
        path: str,
        parameters: Mapping[str, str | int],
        decoder: "msgspec.json.Decoder[Any]",
        shrinks: bool = False,
    ) -> Answer[Any]:
        before = replace(self.traffic)
        try:
            return self._asked(table, path, parameters, decoder, shrinks)
        finally:
            self._shared.books.add(table, before, self.traffic)

    def _asked(
        self,
        table: str,
        path: str,
        parameters: Mapping[str, str | int],
        decoder: "msgspec.json.Decoder[Any]",
        shrinks: bool,
    ) -> Answer[Any]:
        attempts = self.instance.max_attempts
        for attempt in range(1, attempts + 1):
            try:
                return self._try(table, path, parameters, decoder)
            except _Retry as failure:
                if failure.after is not None and failure.after > LONGEST_WAIT:
                    raise Postponed(
                        f"{self.instance.name}: {table}: the instance asks to wait {failure.after:.0f} s, longer than "
                        f"{LONGEST_WAIT:.0f} s; run the sync again later, it goes on where it stopped"
                    ) from None
                if failure.heavy and shrinks:
                    self.traffic.retries += 1
                    raise PageTooHeavy(f"{self.instance.name}: {table}: {failure}") from None
                if attempt == attempts:
                    raise failure.error(
                        f"{self.instance.name}: {table}: {failure} (tried {attempts} times); GET {path} "
                        f"sysparm_query={parameters.get('sysparm_query', '')!r}; run the sync again later, it goes on "
                        "where it stopped"
                    ) from None
                pause = failure.after if failure.after is not None else self._backoff(attempt)
                log.info("%s: %s: %s; trying again in %.1f s", self.instance.name, table, failure, pause)
                self.traffic.retries += 1
                if failure.busy:
                    self._shared.gate.hold(pause)
                else:
                    self._shared.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _backoff(self, attempt: int) -> float:
        """Exponential with full jitter, in seconds."""
        return self._random.uniform(0.5, 1.0) * min(_BACKOFF_CAP, self.instance.backoff_seconds * 2 ** (attempt - 1))

    def _try(
        self, table: str, path: str, parameters: Mapping[str, str | int], decoder: "msgspec.json.Decoder[Any]"
    ) -> Answer[Any]:
        response, shown = self._send(path, parameters)
        if response.status == 401 and self._shared.authentication.renew(shown):
            response, _ = self._send(path, parameters)
        if response.status != 200:
            self._refuse(table, response)
        return self._good(response, decoder)

    def _send(self, path: str, parameters: Mapping[str, str | int]) -> tuple[Response, dict[str, str]]:
        """The answer, and the headers that showed who asks."""
        shared = self._shared
        try:
            with shared.gate.entered():
                headers = shared.authentication.headers(self._session)
                self.traffic.requests += 1
                response = self._session.get(path, parameters, headers)
        except NoAnswer as failure:
            raise _Retry(f"no answer: {failure}", heavy=failure.timed_out) from None
        self.traffic.bytes += response.size
        shared.clock.saw(response.date)
        return response, headers

    def _refuse(self, table: str, response: Response) -> None:
        """Raise what a status other than 200 means."""
        status, said = response.status, response.said
        name = self.instance.name
        if status == 401:
            raise CredentialsRefused(
                f"{name}: the instance refused the credentials (401 {said}); check the SERVICENOW_* settings of this "
                "connector and that the user is active"
            )
        if status == 403:
            if "Failed API level ACL Validation" in said:
                raise _Retry(f"403 {said}")
            raise TableRefused(
                f"{name}: {table}: the user may not read this table (403 {said}); grant it read access to {table}"
            )
        if status in (400, 404) and "Invalid table" in said:
            raise UnknownTable(f"{name}: the instance has no table {table} ({status} {said})")
        if _EXECUTION_TIME in said:
            raise _Retry(f"{status} {said}", heavy=True)
        if status == 414 or (status == 400 and ("Pagination not supported" in said or "html" in response.kind)):
            length = len(response.address)
            self._shared.address.refused(length)
            raise AddressTooLong(
                f"{name}: {table}: the instance finds an address of {length} characters too long: {status} {said}; "
                "extract fewer columns, or have longer addresses allowed"
            )
        if status in _RETRIED or status in _TOO_HEAVY or status >= 500:
            raise _Retry(f"{status} {said}", response.retry_after, busy=status == 429, heavy=status in _TOO_HEAVY)
        address = urlsplit(response.address)
        query = parse_qs(address.query).get("sysparm_query", [""])[0]
        raise SourceError(
            f"{name}: {table}: the instance answered {status} {said} to GET {address.path} sysparm_query={query!r}; "
            "ask who runs it what refuses this request"
        )

    def _good(self, response: Response, decoder: "msgspec.json.Decoder[Any]") -> Answer[Any]:
        if "json" not in response.kind:
            text = response.text[:20_000].lower()
            if "hibernat" in text or "instance is currently offline" in text:
                raise _Retry("the instance is hibernating; wake it by signing in to it", error=HibernatingError)
            raise _Retry(f"200 with content type {response.kind or 'none'!r} instead of JSON")
        try:
            with COMPUTING:
                envelope = decoder.decode(response.content)
        except msgspec.ValidationError as error:
            raise _Retry(f"200 with a body that is no page of rows: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _Retry(f"200 with a body that is no JSON: {error}") from None
        if envelope.error is not msgspec.UNSET:
            said = bytes(envelope.error)[:300].decode(errors="replace")
            raise _Retry(f"200 with an error: {said}", heavy=_EXECUTION_TIME in said)
        if envelope.result is msgspec.UNSET:
            raise _Retry("200 with neither result nor error")
        total = response.headers.get("x-total-count", "")
        return Answer(envelope.result, int(total) if total.isdigit() else None, response.date, len(response.content))


class _Count(msgspec.Struct):
    count: str | int


class _Stats(msgspec.Struct):
    stats: _Count


class _StatsEnvelope(msgspec.Struct):
    result: _Stats | msgspec.UnsetType = msgspec.UNSET
    error: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_STATS: "msgspec.json.Decoder[_StatsEnvelope]" = msgspec.json.Decoder(_StatsEnvelope)
