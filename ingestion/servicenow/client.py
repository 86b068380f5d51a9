"""One request to one instance: who asks, how often it is tried, and whether the answer is good.

A page is good only when the status is 200, the content is JSON, `result` is there, `error` is not,
and every row is an object (Table API reference, section 1.4). Everything else is tried again or
raised: it is never data and never the end of the data.
"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

import httpx
import msgspec

from ingestion.errors import (
    CredentialsRefused,
    HibernatingError,
    SourceError,
    TableRefused,
    TransientError,
    UnknownTable,
)
from ingestion.servicenow.authentication import Authentication
from ingestion.settings import InstanceSettings

log = logging.getLogger(__name__)

#: A `Retry-After` above this ends the table instead of holding the run (seconds).
LONGEST_WAIT = 900.0
_BACKOFF_BASE, _BACKOFF_CAP = 0.5, 60.0
#: 408 and 425 are asked again like any overload; 202 is a full session queue.
_RETRIED = frozenset({202, 408, 425, 429})
_EXECUTION_TIME = "maximum execution time exceeded"

T = TypeVar("T")


@dataclass
class Traffic:
    """What was sent and received: requests, bytes of bodies as transferred, retries."""

    requests: int = 0
    bytes: int = 0
    retries: int = 0


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A good answer: its decoded `result`, and `X-Total-Count` (before ACLs) where it was sent."""

    result: T
    total: int | None
    date: datetime | None


class _Retry(Exception):
    """This try failed in a way that may pass; `after` seconds is the server's wish, if it has one."""

    def __init__(self, reason: str, after: float | None = None, error: type[TransientError] = TransientError):
        super().__init__(reason)
        self.after = after
        self.error = error


class Client:
    """Requests to one instance over one HTTP session. Not to be shared between threads.

    `traffic` counts since the last `take_traffic()`. `server_time` is the last `Date` header seen,
    naive UTC: the clock of all cursors.
    """

    def __init__(
        self,
        instance: InstanceSettings,
        *,
        ca_bundle: str | None = None,
        proxy: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.instance = instance
        self.traffic = Traffic()
        self.server_time: datetime | None = None
        self._sleep = sleep
        self._random = random.Random()
        self._http = httpx.Client(
            base_url=instance.url,
            timeout=httpx.Timeout(instance.timeout_seconds, connect=min(20.0, instance.timeout_seconds)),
            verify=_tls(ca_bundle),
            proxy=proxy if instance.url.startswith("https") else None,
            trust_env=False,
            follow_redirects=False,
            headers={"Accept": "application/json", "User-Agent": "ticketlake"},
        )
        self._authentication = Authentication(instance.credentials)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def take_traffic(self) -> Traffic:
        """The counts since the last call; starts them anew."""
        taken, self.traffic = self.traffic, Traffic()
        return taken

    def table(
        self, table: str, parameters: Mapping[str, str | int], decoder: "msgspec.json.Decoder[Any]"
    ) -> Answer[Any]:
        """A page of `/api/now/table/{table}`; `decoder` reads the body to an envelope with `result`.

        Raises CredentialsRefused, TableRefused, UnknownTable, TransientError after the last try, and
        SourceError for any other answer that cannot be used.
        """
        return self._ask(table, f"/api/now/table/{table}", parameters, decoder)

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
        self, table: str, path: str, parameters: Mapping[str, str | int], decoder: "msgspec.json.Decoder[Any]"
    ) -> Answer[Any]:
        attempts = self.instance.max_attempts
        for attempt in range(1, attempts + 1):
            try:
                return self._try(table, path, parameters, decoder)
            except _Retry as failure:
                if failure.after is not None and failure.after > LONGEST_WAIT:
                    raise TransientError(
                        f"{self.instance.name}: {table}: the instance asks to wait {failure.after:.0f} s, longer than "
                        f"{LONGEST_WAIT:.0f} s; run the sync again later, it goes on where it stopped"
                    ) from None
                if attempt == attempts:
                    raise failure.error(
                        f"{self.instance.name}: {table}: {failure} (tried {attempts} times); GET {path} "
                        f"sysparm_query={parameters.get('sysparm_query', '')!r}"
                    ) from None
                pause = failure.after if failure.after is not None else self._backoff(attempt)
                log.info("%s: %s: %s; trying again in %.1f s", self.instance.name, table, failure, pause)
                self.traffic.retries += 1
                self._sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _backoff(self, attempt: int) -> float:
        """Exponential with full jitter, in seconds."""
        return self._random.uniform(0.5, 1.0) * min(_BACKOFF_CAP, _BACKOFF_BASE * 2 ** (attempt - 1))

    def _try(
        self, table: str, path: str, parameters: Mapping[str, str | int], decoder: "msgspec.json.Decoder[Any]"
    ) -> Answer[Any]:
        response = self._send(path, parameters)
        if response.status_code == 401 and self._authentication.renew():
            response = self._send(path, parameters)
        if response.status_code != 200:
            self._refuse(table, response)
        return self._good(response, decoder)

    def _send(self, path: str, parameters: Mapping[str, str | int]) -> httpx.Response:
        try:
            headers = self._authentication.headers(self._http)
            self.traffic.requests += 1
            response = self._http.get(path, params=parameters, headers=headers)
        except httpx.TransportError as error:
            raise _Retry(f"no answer: {type(error).__name__}: {error}") from None
        self.traffic.bytes += response.num_bytes_downloaded
        if (date := _date(response)) is not None:
            self.server_time = date
        return response

    def _refuse(self, table: str, response: httpx.Response) -> None:
        """Raise what a status other than 200 means."""
        status, said = response.status_code, _said(response)
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
        if status == 400 and _EXECUTION_TIME in said:
            raise _Retry(f"400 {said}")
        if status in _RETRIED or status >= 500:
            raise _Retry(f"{status} {said}", _retry_after(response))
        raise SourceError(f"{name}: {table}: the instance answered {status} {said}")

    def _good(self, response: httpx.Response, decoder: "msgspec.json.Decoder[Any]") -> Answer[Any]:
        kind = response.headers.get("content-type", "")
        if "json" not in kind:
            text = response.text[:20_000].lower()
            if "hibernat" in text or "instance is currently offline" in text:
                raise _Retry("the instance is hibernating; wake it by signing in to it", error=HibernatingError)
            raise _Retry(f"200 with content type {kind or 'none'!r} instead of JSON")
        try:
            envelope = decoder.decode(response.content)
        except msgspec.ValidationError as error:
            raise _Retry(f"200 with a body that is no page of rows: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _Retry(f"200 with a body that is no JSON: {error}") from None
        if envelope.error is not msgspec.UNSET:
            raise _Retry(f"200 with an error: {bytes(envelope.error)[:300].decode(errors='replace')}")
        if envelope.result is msgspec.UNSET:
            raise _Retry("200 with neither result nor error")
        total = response.headers.get("x-total-count", "")
        return Answer(envelope.result, int(total) if total.isdigit() else None, _date(response))


class _Count(msgspec.Struct):
    count: str | int


class _Stats(msgspec.Struct):
    stats: _Count


class _StatsEnvelope(msgspec.Struct):
    result: _Stats | msgspec.UnsetType = msgspec.UNSET
    error: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_STATS: "msgspec.json.Decoder[_StatsEnvelope]" = msgspec.json.Decoder(_StatsEnvelope)


def _tls(ca_bundle: str | None) -> Any:
    if not ca_bundle:
        return True
    import ssl

    return ssl.create_default_context(cafile=ca_bundle)


def _date(response: httpx.Response) -> datetime | None:
    """The `Date` header as naive UTC, or None where it is missing or unreadable."""
    try:
        return parsedate_to_datetime(response.headers["date"]).astimezone(UTC).replace(tzinfo=None)
    except (KeyError, ValueError):
        return None


def _retry_after(response: httpx.Response) -> float | None:
    """`Retry-After` in seconds: a number, or an HTTP date counted from the answer's own `Date`."""
    text = response.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text).astimezone(UTC).replace(tzinfo=None)
    except ValueError:
        return None
    return max(0.0, (until - (_date(response) or datetime.now(UTC).replace(tzinfo=None))).total_seconds())


def _said(response: httpx.Response) -> str:
    """What an error body says, cut short: `message: detail`, else the start of the text."""
    try:
        error = response.json()["error"]
        if isinstance(error, str):
            return error[:300]
        return ": ".join(str(part) for part in (error.get("message"), error.get("detail")) if part)[:300]
    except (ValueError, KeyError, TypeError, AttributeError):
        return " ".join(response.text[:200].split())
