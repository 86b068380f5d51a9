"""The requests an instance has answered, for tests that ask what a client did."""

import threading
from collections import deque
from typing import Any

from ingestion.instance.clock import stamp
from ingestion.instance.messages import Request, Response

_KEPT = 100_000


class RequestLog:
    """The last 100,000 requests; those to `/_control` are not among them."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def add(self, request: Request, response: Response, at: Any) -> None:
        """Notes a request and what came of it; `at` is the instance's moment."""
        entry = {
            "method": request.method,
            "path": request.path,
            "parameters": {name: value for name, value in request.parameters.items() if name != "x-sn-apikey"},
            "status": response.status,
            "rows": response.rows,
            "bytes": len(response.body),
            "at": stamp(at),
        }
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        """The requests, oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forgets them."""
        with self._lock:
            self._entries.clear()
