"""Status 200 with something that is no page of rows (Table API reference, section 1.4: SW, MX, PY)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from ingestion.instance.faults.rule import Call, Fault
from ingestion.instance.messages import ApiError, Response, html_response
from ingestion.instance.parameters import DEFAULT_LIMIT

_CANCELLED = "Transaction cancelled: maximum execution time exceeded"
_LOGS = f"{_CANCELLED} Check logs for error trace or enable glide.rest.debug property to verify REST request processing"
_ERROR = {"error": {"message": _CANCELLED, "detail": _LOGS}, "status": "failure"}
Rows = list[Any]


def _half(rows: Rows) -> Rows:
    return rows[: len(rows) // 2]


def _cut(body: bytes, _: Rows) -> bytes:
    return body[: len(body) * 2 // 3]


def _broken(_: bytes, rows: Rows) -> bytes:
    # The stream of rows breaks off in the middle of one, and the error follows as text.
    streamed = b",".join(map(orjson.dumps, _half(rows)))
    return b'{"result":[' + streamed + b',{"sys_id":"' + orjson.dumps(_ERROR)[1:]


def _odd(_: bytes, rows: Rows) -> bytes:
    return orjson.dumps({"result": [*_half(rows), "odd", None, 7, *rows[len(rows) // 2 + 1 :]]})


def _keyless(_: bytes, rows: Rows) -> bytes:
    bare = [{name: value for name, value in row.items() if name != "sys_id"} for row in rows if isinstance(row, dict)]
    return orjson.dumps({"result": bare})


#: What each form makes of a good body and its rows.
FORMS: dict[str, Callable[[bytes, Rows], bytes]] = {
    "empty": lambda _body, _rows: b"",
    "null": lambda _body, _rows: b"null",
    "list": lambda _body, rows: orjson.dumps(rows),
    "cut": _cut,
    "text": lambda _body, _rows: b"Service temporarily out of order",
    "html": lambda _body, _rows: html_response(200, "Error", "Something went wrong").body,
    "wrong_type": lambda body, _rows: body,
    "error": lambda _body, _rows: orjson.dumps(_ERROR),
    "partial": lambda _body, rows: orjson.dumps({"result": _half(rows), **_ERROR}),
    "partial_stray": lambda _body, rows: orjson.dumps({"result": [*_half(rows), _CANCELLED], **_ERROR}),
    "partial_broken": _broken,
    "odd_rows": _odd,
    "keyless_rows": _keyless,
}
#: Forms that only a page of rows can have, and those of them that are nothing special without a row.
_OF_PAGES = {"list", "partial", "partial_stray", "partial_broken", "odd_rows", "keyless_rows"}
_OF_ROWS = {"odd_rows", "keyless_rows"}
_TYPES = {"html": "text/html", "wrong_type": "text/plain"}


@dataclass
class BadBody(Fault):
    """A good answer spoilt in one of `FORMS`; status and other headers stay. Some forms are for pages of rows only."""

    kind = "bad_body"
    form: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.form not in FORMS:
            raise ValueError(f"fault {self.kind}: no form {self.form!r}; there are {', '.join(FORMS)}")

    def matches(self, call: Call) -> bool:
        """Requests that only read; for a page of rows where the form needs one."""
        reads = call.is_list if self.form in _OF_PAGES else call.request.method == "GET"
        return reads and super().matches(call)

    def after_answer(self, _call: Call, response: Response) -> Response:
        """Spoils a good answer."""
        result = _result(response)
        if result is None or (self.form in _OF_ROWS and not result):
            return response
        body = FORMS[self.form](response.body, result if isinstance(result, list) else [])
        kind = _TYPES.get(self.form)
        if (body == response.body and kind is None) or not self.claim():
            return response
        response.body = body
        if kind:
            response.headers = [(name, kind if name == "Content-Type" else value) for name, value in response.headers]
        return response


@dataclass
class ExecutionTime(Fault):
    """The quota: pages of more than `above` rows (`sysparm_limit`) take too long.

    With `status` 200 half the rows were streamed already and the error follows them in the same
    document; with 400 or 500 it comes instead. Which one a real instance sends is uncertain
    (reference, section 9, point 2).
    """

    kind = "execution_time"
    above: int = 1_000
    status: int = 200

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.status not in (200, 400, 500):
            raise ValueError(f"fault {self.kind}: status is 200, 400 or 500, not {self.status}")

    def matches(self, call: Call) -> bool:
        """Requests for larger pages."""
        limit = call.request.parameters.get("sysparm_limit", str(DEFAULT_LIMIT))
        return call.is_list and limit.isdecimal() and int(limit) > self.above and super().matches(call)

    def before(self, _call: Call) -> Response | None:
        """Cancels before a row was streamed."""
        if self.status == 200 or not self.claim():
            return None
        raise ApiError(self.status, _CANCELLED, _LOGS)

    def after_answer(self, _call: Call, response: Response) -> Response:
        """Cancels in the middle."""
        rows = _result(response) if self.status == 200 else None
        if rows is None or not self.claim():
            return response
        response.body = FORMS["partial"](response.body, rows)
        return response


def _result(response: Response) -> Any:
    """The result of a good answer; None of any other one, such as is spoilt already."""
    if response.status != 200:
        return None
    try:
        content = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    return content.get("result") if isinstance(content, dict) and "error" not in content else None
