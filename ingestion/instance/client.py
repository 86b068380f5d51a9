"""A client of `/_control`, for tests and programs that drive an instance."""

import ssl
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import orjson


class ControlError(RuntimeError):
    """The instance did not do what it was asked to; the message is its own."""


class ControlClient:
    """Drives the instance at `url`. Raises ControlError where it refuses, httpx errors where it is not there."""

    def __init__(self, url: str, timeout_seconds: float = 600.0, certificate: Path | None = None) -> None:
        verify = ssl.create_default_context(cafile=certificate) if certificate else True
        # Proxy settings of the environment are no affair of a loopback server.
        self._http = httpx.Client(base_url=f"{url}/_control", timeout=timeout_seconds, trust_env=False, verify=verify)

    def close(self) -> None:
        """Closes the connection."""
        self._http.close()

    def _call(self, method: str, path: str, content: Any = None, **parameters: str) -> Any:
        response = self._http.request(method, path, json=content, params=parameters)
        if response.is_error:
            raise ControlError(f"{method} /_control{path}: {response.status_code} {response.text}")
        return orjson.loads(response.content)

    def now(self) -> datetime:
        """The instance's moment, naive UTC."""
        return datetime.fromisoformat(self._call("GET", "/clock")["now"])

    def set_clock(self, to: datetime) -> datetime:
        """Sets the clock forward; the world has lived up to it when this returns."""
        return datetime.fromisoformat(self._call("POST", "/clock", {"now": to.isoformat()})["now"])

    def advance(self, span: str | float) -> datetime:
        """Lets `span` pass: seconds, or text such as `15m`, `2h`, `3d`; answers the new moment."""
        change: dict[str, str | float] = {"advance": span} if isinstance(span, str) else {"advance_seconds": span}
        return datetime.fromisoformat(self._call("POST", "/clock", change)["now"])

    def pass_time_per_request(self, seconds: float) -> None:
        """Lets so much time pass with each table request from now on; 0 freezes the clock again."""
        self._call("POST", "/clock", {"per_request_seconds": float(seconds)})

    def mutate(self, *operations: Mapping[str, Any]) -> list[Any]:
        """Applies operations (see `mutation`); answers the sys_ids each one touched."""
        return list(self._call("POST", "/mutate", list(operations)))

    def faults(self, *rules: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Adds fault rules (see `faults`), if any, and answers all rules with their hits."""
        return list(self._call("POST", "/faults", list(rules)) if rules else self._call("GET", "/faults"))

    def clear_faults(self) -> None:
        """Removes every fault rule."""
        self._call("DELETE", "/faults")

    def truth(self) -> dict[str, Any]:
        """Row counts per table under `counts`, `now`, and the world's own figures."""
        return dict(self._call("GET", "/truth"))

    def hits(self) -> list[int]:
        """How often each fault rule took effect, in the order they were added."""
        return [rule["hits"] for rule in self.faults()]

    def rows(self, table: str, *, visible: bool = False) -> Iterator[dict[str, str]]:
        """All rows of a table, raw, read from the store past the Table API; `visible` leaves out ACL-hidden ones."""
        chosen = {"visible": "true"} if visible else {}
        yield from self._call("GET", "/truth", table=table, **chosen)["result"]

    def requests(self) -> list[dict[str, Any]]:
        """What clients asked of the instance, oldest first."""
        return list(self._call("GET", "/requests"))

    def clear_requests(self) -> None:
        """Empties the log of requests."""
        self._call("DELETE", "/requests")

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Changes switches (see `options`), if any, and answers all of them."""
        return dict(self._call("POST", "/settings", changes) if changes else self._call("GET", "/settings"))

    def expire_tokens(self, *, refresh: bool = False) -> None:
        """Makes OAuth access tokens, and refresh tokens if asked, invalid at once."""
        self._call("DELETE", "/tokens", refresh=str(refresh).lower())
