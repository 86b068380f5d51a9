"""Answers in place of the real one: refused logins and tables, broken servers, addresses too long."""

import time
from dataclasses import dataclass

from ingestion.instance.faults.rule import Call, Fault
from ingestion.instance.messages import ApiError, Response, html_response

_OVERLONG = (
    "The requested query is too long to build the response pagination header URLs. Please do one of the following:"
    " shorten the sysparm_query, or query without pagination by setting the parameter"
    " 'sysparm_suppress_pagination_header' to true, or set 'sysparm_limit' with a higher value to bypass the need for"
    " pagination."
)
_HIBERNATING = "Instance Hibernating page", "Your instance is hibernating"
_OFFLINE = "Instance Offline page", "Your instance is currently offline"


@dataclass
class Unauthorized(Fault):
    """401 whatever the credentials: what a locked user gets (reference, section 1.4)."""

    kind = "unauthorized"

    def before(self, _call: Call) -> Response | None:
        """Refuses."""
        if not self.claim():
            return None
        raise ApiError(
            401,
            "User Not Authenticated",
            "Required to provide Auth information",
            [("WWW-Authenticate", 'BASIC realm="Service-now"')],
        )


@dataclass
class TokenExpiry(Fault):
    """All OAuth tokens become invalid: the bearer of one gets 401, a new one works (reference, section 3).

    `refresh` takes the refresh tokens too, so that only a new login helps. Other logins are not touched.
    """

    kind = "token_expiry"
    refresh: bool = False

    def matches(self, call: Call) -> bool:
        """Requests that bear a token."""
        bearer = call.request.headers.get("authorization", "").lower().startswith("bearer ")
        return bearer and super().matches(call)

    def before_login(self, call: Call) -> Response | None:
        """Revokes; the login then fails by itself."""
        if call.levers.revoke_tokens(call.request, refresh=self.refresh):
            self.claim()
        return None


@dataclass
class ServerError(Fault):
    """A 5xx or 408, as JSON or, as gateways send it, HTML (reference, section 1.4: RC)."""

    kind = "server_error"
    status: int = 500
    html: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.status not in (408, 500, 502, 503, 504):
            raise ValueError(f"fault {self.kind}: status is 408, 500, 502, 503 or 504, not {self.status}")

    def before_login(self, _call: Call) -> Response | None:
        """Fails."""
        if not self.claim():
            return None
        if self.html:
            return html_response(self.status, str(self.status), "Upstream error")
        raise ApiError(self.status, "Internal error", "An unexpected error occurred; try again later")


@dataclass
class Accepted(Fault):
    """202 without content: the queue of the session is full (reference, section 1.4: KA)."""

    kind = "accepted"

    def before(self, _call: Call) -> Response | None:
        """Puts the client off."""
        return Response(202) if self.claim() else None


@dataclass
class Latency(Fault):
    """Waits `seconds` of real time before anything else happens."""

    kind = "latency"
    seconds: float = 0.1

    def before_login(self, _call: Call) -> Response | None:
        """Waits."""
        if self.claim():
            time.sleep(self.seconds)
        return None


@dataclass
class Hibernating(Fault):
    """The page of a sleeping developer instance, on every path and whoever asks (reference, section 1.4: HB).

    `offline` is the page while it wakes. `status` is 200, in one source 502 or 503.
    """

    kind = "hibernating"
    reaches_every_path = True
    offline: bool = False
    status: int = 200

    def before_login(self, _call: Call) -> Response | None:
        """Answers in the place of the instance."""
        if not self.claim():
            return None
        response = html_response(self.status, *(_OFFLINE if self.offline else _HIBERNATING))
        response.is_front_end = True
        return response


@dataclass
class Forbidden(Fault):
    """403: the user may not read the table; with `api_level` the REST API itself is closed to him."""

    kind = "forbidden"
    api_level: bool = False

    def before(self, call: Call) -> Response | None:
        """Refuses."""
        if not self.claim():
            return None
        detail = f"User is unauthorized to access table: {call.table}"
        raise ApiError(403, "User Not Authorized", "Failed API level ACL Validation" if self.api_level else detail)


@dataclass
class UnknownTable(Fault):
    """400: the instance does not have the table (a plugin is not active)."""

    kind = "unknown_table"

    def before(self, call: Call) -> Response | None:
        """Refuses."""
        if not self.claim():
            return None
        raise ApiError(400, f"Invalid table {call.table}")


@dataclass
class LongAddress(Fault):
    """An address of more than `above` characters is refused (reference, section 1.1, URL length).

    `status` 414 or 400, as `html` or not; 400 without it is the pagination error.
    """

    kind = "long_url"
    above: int = 2_000
    status: int = 414
    html: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.status not in (400, 414):
            raise ValueError(f"fault {self.kind}: status is 400 or 414, not {self.status}")

    def matches(self, call: Call) -> bool:
        """Requests with a longer address."""
        return len(call.request.target) > self.above and super().matches(call)

    def before_login(self, _call: Call) -> Response | None:
        """Refuses where no login is needed for it: by the front end."""
        if self.status == 400 and not self.html:
            return None
        title = "Request-URI Too Large" if self.status == 414 else "Bad Request"
        return html_response(self.status, str(self.status), title) if self.claim() else None

    def before(self, _call: Call) -> Response | None:
        """Refuses as the API does."""
        if not self.claim():
            return None
        raise ApiError(400, "Pagination not supported", _OVERLONG)
