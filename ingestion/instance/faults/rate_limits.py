"""429: what rate limit rules and full semaphore queues answer (Table API reference, section 1.4: RL, KA)."""

from dataclasses import dataclass
from email.utils import formatdate

from ingestion.instance.faults.rule import Call, Fault
from ingestion.instance.messages import ApiError, Response, html_response

_RULE_ID = "3f1cdfe4b7d52300ad9d1e7c3d11a9f0"
_HOUR = 3600


def _rate_headers(limit: int, reset: int) -> list[tuple[str, str]]:
    return [("X-RateLimit-Limit", str(limit)), ("X-RateLimit-Reset", str(reset)), ("X-RateLimit-Rule", _RULE_ID)]


def _exceeded(limit: int, headers: list[tuple[str, str]]) -> ApiError:
    detail = f"Rate limit of {limit} requests per hour for Table API exceeded"
    return ApiError(429, "Rate limit exceeded", detail, headers)


@dataclass
class RateLimit(Fault):
    """429. `retry_after` seconds, -1 for an answer without that header; `as_date` writes it as an HTTP date.

    `rate_headers` false leaves out the X-RateLimit ones, `html` sends a page: both as of a full queue,
    which knows no rule.
    """

    kind = "rate_limit"
    retry_after: int = 1
    as_date: bool = False
    rate_headers: bool = True
    limit: int = 100
    html: bool = False

    def before(self, call: Call) -> Response | None:
        """Refuses."""
        if not self.claim():
            return None
        reset = call.now + max(self.retry_after, 0)
        headers = _rate_headers(self.limit, reset) if self.rate_headers else []
        if self.retry_after >= 0:
            # The date counts from the answer's own Date, which is the instance's clock.
            value = formatdate(reset, usegmt=True) if self.as_date else str(self.retry_after)
            headers.append(("Retry-After", value))
        if self.html:
            response = html_response(429, "429", "Too many requests")
            response.headers += headers
            return response
        raise _exceeded(self.limit, headers)


@dataclass
class HourlyLimit(Fault):
    """`limit` requests in an hour of the instance's clock, then 429 until the next; the headers tell beforehand."""

    kind = "hourly_limit"
    limit: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        self._hour, self._used = -1, 0

    def before(self, call: Call) -> Response | None:
        """Counts the request; refuses it where the hour is used up."""
        hour = call.now // _HOUR
        with self._lock:
            self._hour, self._used = hour, self._used + 1 if hour == self._hour else 1
            used = self._used
        if used <= self.limit or not self.claim():
            return None
        reset = (hour + 1) * _HOUR
        headers = [*_rate_headers(self.limit, reset), ("Retry-After", str(reset - call.now))]
        raise _exceeded(self.limit, headers)

    def after_answer(self, call: Call, response: Response) -> Response:
        """Allowed requests get the three X- headers too (RL)."""
        if response.status != 429:
            response.headers += _rate_headers(self.limit, (call.now // _HOUR + 1) * _HOUR)
        return response
