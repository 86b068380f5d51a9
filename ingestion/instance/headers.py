"""Headers of the instance's answers (Table API reference, section 1.3)."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from ingestion.instance.messages import Request
from ingestion.instance.parameters import DEFAULT_LIMIT, ListParameters

_NODE = "app130053.fra1.service-now.com"
_STANDING = (
    ("Pragma", "no-store,no-cache"),
    ("Cache-Control", "no-cache,no-store,must-revalidate,max-age=-1"),
    ("Expires", "0"),
    ("Server", "snow_adc"),
)


def front_end_headers(now: datetime) -> list[tuple[str, str]]:
    """Headers of an answer that did not come from the instance itself: no transaction, no session (HB)."""
    return [("Date", format_datetime(now.replace(tzinfo=UTC, microsecond=0), usegmt=True)), *_STANDING]


def standing_headers(request: Request, now: datetime, *, logged_in: bool) -> list[tuple[str, str]]:
    """Headers of every answer: the clock, caching, the transaction, and cookies for a client without a session."""
    headers = front_end_headers(now)
    headers.append(("X-Transaction-ID", secrets.token_hex(6)))
    if logged_in:
        headers.append(("X-Is-Logged-In", "true"))
        headers.append(("Server-Timing", "sem_wait;dur=0, sesh_wait;dur=0"))
        if "JSESSIONID=" not in request.headers.get("cookie", ""):
            headers += [("Set-Cookie", cookie) for cookie in _session_cookies(now)]
    return headers


def _session_cookies(now: datetime) -> list[str]:
    session = secrets.token_hex(16).upper()
    return [
        f"JSESSIONID={session}; Path=/; HttpOnly",
        f"glide_user_route=glide.{session.lower()}; Path=/; HttpOnly",
        f"glide_node_id_for_js={session.lower()}; Path=/",
        f"glide_session_store={session}; Max-Age=1800; Path=/; HttpOnly",
        f"glide_user_activity={int(now.replace(tzinfo=UTC).timestamp())}; Path=/; HttpOnly",
        "glide_user=; Max-Age=0; Path=/; HttpOnly",
        "glide_user_session=; Max-Age=0; Path=/; HttpOnly",
    ]


def link_header(request: Request, given: ListParameters, total: int, *, prev_quirk: bool) -> str:
    """The `Link` header of one page of `total` rows; '' where one page holds everything."""
    limit, offset = given.page.limit, given.page.offset
    if total <= limit and offset == 0:
        return ""
    last = (total - 1) // limit * limit if total else 0
    offsets = {"first": 0}
    if offset > 0:
        offsets["prev"] = max(offset - limit, 0)
    elif prev_quirk and limit == 1:
        offsets["prev"] = -1
    if offset + limit < total:
        offsets["next"] = offset + limit
    offsets["last"] = last
    return ",".join(f'<{_page_url(request, given, value)}>;rel="{name}"' for name, value in offsets.items())


def _page_url(request: Request, given: ListParameters, offset: int) -> str:
    path = request.target.partition("?")[0]
    kept = [(name, value) for name, value in request.pairs if name not in ("sysparm_limit", "sysparm_offset")]
    # Live answers put the limit first where the client sent one, and last where it is the default.
    if given.has_limit:
        kept += [("sysparm_limit", str(given.page.limit)), ("sysparm_offset", str(offset))]
    else:
        kept += [("sysparm_offset", str(offset)), ("sysparm_limit", str(DEFAULT_LIMIT))]
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in kept)
    return f"{request.base}{path}?{query}"


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by lower-case name."""
    return {name.lower(): value for name, value in headers.items()}
