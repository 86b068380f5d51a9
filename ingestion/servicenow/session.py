"""One HTTP session with an instance, and what its answers say beside their rows.

urllib3 reads a body of known length in one go, which takes half the processor time of clients that
read and copy it in small pieces.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

import certifi
import urllib3

from ingestion.settings import InstanceSettings

_LONGEST_CONNECT = 20.0


class NoAnswer(Exception):
    """No whole answer came; `timed_out`: it had been waited for."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


@dataclass(frozen=True)
class Response:
    """An answer with its whole body; `size` is in bytes as transferred, `address` what was asked for."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    size: int
    address: str

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    @property
    def kind(self) -> str:
        """The content type; empty where there is none."""
        return self.headers.get("content-type", "")

    @cached_property
    def date(self) -> datetime | None:
        """The `Date` header as naive UTC, or None where it is missing or unreadable."""
        try:
            return parsedate_to_datetime(self.headers["date"]).astimezone(UTC).replace(tzinfo=None)
        except (KeyError, ValueError):
            return None

    @property
    def retry_after(self) -> float | None:
        """`Retry-After` in seconds: a number, or an HTTP date counted from the answer's own `Date`.

        Without it `X-RateLimit-Reset` (unix time) says when the limit ends.
        """
        text = self.headers.get("retry-after", "").strip()
        if not text:
            reset = self.headers.get("x-ratelimit-reset", "")
            if self.status == 429 and reset.isdigit() and self.date:
                return max(0.0, int(reset) - self.date.replace(tzinfo=UTC).timestamp())
            return None
        if text.replace(".", "", 1).isdigit():
            return float(text)
        try:
            until = parsedate_to_datetime(text).astimezone(UTC).replace(tzinfo=None)
        except ValueError:
            return None
        return max(0.0, (until - (self.date or datetime.now(UTC).replace(tzinfo=None))).total_seconds())

    @property
    def said(self) -> str:
        """What an error body says, cut short: `message: detail`, else the start of the text."""
        try:
            error = json.loads(self.content)["error"]
            if isinstance(error, str):
                return error[:300]
            return ": ".join(str(part) for part in (error.get("message"), error.get("detail")) if part)[:300]
        except (ValueError, KeyError, TypeError, AttributeError):
            return " ".join(self.text[:200].split())


class Session:
    """A connection that is kept open, for one thread. Follows no redirect and tries nothing twice."""

    def __init__(self, instance: InstanceSettings, ca_bundle: str | None, proxy: str | None) -> None:
        secure = instance.url.startswith("https")
        connect = min(_LONGEST_CONNECT, instance.timeout_seconds)
        options: dict[str, Any] = {
            "timeout": urllib3.Timeout(connect=connect, read=instance.timeout_seconds),
            "headers": {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": "ticketlake"},
        }
        if secure:
            options["ssl_context"] = _trusting(ca_bundle)
        manager = urllib3.PoolManager(**options)
        if secure and proxy:
            who = urllib3.make_headers(proxy_basic_auth=urllib3.util.parse_url(proxy).auth)
            manager = urllib3.ProxyManager(proxy, proxy_headers=who, **options)
        self._pool = manager.connection_from_url(instance.url)
        self._prefix = urlsplit(instance.url).path.rstrip("/")

    def close(self) -> None:
        self._pool.close()

    def get(self, path: str, parameters: Mapping[str, str | int], headers: Mapping[str, str]) -> Response:
        """Raises NoAnswer."""
        return self._ask("GET", f"{path}?{urlencode(parameters)}", headers)

    def post(self, path: str, form: Mapping[str, str]) -> Response:
        """Raises NoAnswer."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, kind, urlencode(form).encode())

    def _ask(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        try:
            answer = self._pool.urlopen(
                method, self._prefix + address, body, {**self._pool.headers, **headers}, retries=False, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            timed_out = isinstance(error, urllib3.exceptions.ReadTimeoutError)
            raise NoAnswer(f"{type(error).__name__}: {error}", timed_out=timed_out) from None
        return Response(answer.status, answer.headers, answer.data, answer.tell(), address)


def _trusting(ca_bundle: str | None) -> ssl.SSLContext:
    """Trusts the given authorities alone; without them those of the system and, as it may have none, of certifi."""
    context = ssl.create_default_context(cafile=ca_bundle)
    if not ca_bundle:
        context.load_verify_locations(certifi.where())
    return context
