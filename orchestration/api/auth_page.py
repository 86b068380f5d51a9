"""The page behind an auth-uri: a form for the credentials of one connector.

No script, nothing from elsewhere, nothing kept by the browser. Who may send the form: whoever has the
link, from this page alone (a cookie that other sites cannot send, and its counterpart in the form).
"""

import base64
import hashlib
import hmac
import secrets
from html import escape
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from ingestion.errors import ConfigurationError, CredentialsRefused, TicketlakeError
from ingestion.settings import Credentials, Settings
from orchestration.api.connectors import CONNECT
from orchestration.connectors.authentication import authenticate
from orchestration.state import Connector, Connectors, StateDatabase
from orchestration.state.auth_links import ATTEMPTS, AuthLink, AuthLinks

_COOKIE = "ticketlake_form"
_LONGEST = 1_000
#: What each kind of credentials consists of.
KINDS = {
    "basic": ("username", "password"),
    "oauth_password": ("client_id", "client_secret", "username", "password"),
    "oauth_client": ("client_id", "client_secret"),
    "api_key": ("api_key",),
}
_LABELS = {
    "basic": "User name and password",
    "oauth_password": "OAuth with a user: all four",
    "oauth_client": "OAuth without a user: client id and secret",
    "api_key": "API key",
}
_FIELDS = {
    "username": ("User name", "text"),
    "password": ("Password", "password"),
    "client_id": ("OAuth client id", "text"),
    "client_secret": ("OAuth client secret", "password"),
    "api_key": ("API key", "password"),
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1b1f24}"
    "label{display:block;margin:.6rem 0}input[type=text],input[type=password]{width:100%;padding:.5rem;"
    "box-sizing:border-box;font:inherit}button{font:inherit;padding:.5rem 1.2rem;margin-top:1rem}"
    ".error{border-left:4px solid #b42318;padding:.3rem .8rem;background:#fef3f2}fieldset{border:1px solid #ccc}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
}


def router_of(settings: Settings, database: StateDatabase) -> APIRouter:
    """The page and its form."""
    router = APIRouter(prefix=CONNECT, include_in_schema=False)
    links, connectors = AuthLinks(database), Connectors(database)

    def opened(secret: str) -> tuple[AuthLink, Connector] | None:
        link = links.find(secret)
        connector = connectors.by_id(link.connector_id) if link and link.is_open else None
        return (link, connector) if link and connector else None

    @router.get("/{secret}")
    def form(secret: str, request: Request) -> HTMLResponse:
        found = opened(secret)
        if found is None:
            return _over()
        return _form(request, secret, found[1])

    @router.post("/{secret}")
    async def send(secret: str, request: Request) -> HTMLResponse:
        body = await request.body()
        return await run_in_threadpool(submitted, secret, request, body)

    def submitted(secret: str, request: Request, body: bytes) -> HTMLResponse:
        found = opened(secret)
        if found is None:
            return _over()
        link, connector = found
        values = _values(body)
        if not _from_this_page(request, secret, values.get("form", "")):
            return _form(request, secret, connector, "The form has expired. Fill it in again.", 403)
        credentials = _credentials(values)
        if credentials is None:
            return _form(request, secret, connector, "Fill in every field of the kind you chose.", 422)
        # Counted before it is made: many at once are no way round.
        if not links.attempt(link):
            return _over()
        left = ATTEMPTS - link.attempts - 1
        try:
            authenticate(settings, database, connector.name, credentials, actor=link.actor)
        except CredentialsRefused:
            why = "The instance refused these credentials. Check them, and that their user is active."
            return _failed(request, secret, connector, why, left)
        except ConfigurationError as error:
            return _failed(request, secret, connector, f"They could not be tried and kept: {error}", left)
        except TicketlakeError as error:
            return _failed(request, secret, connector, str(error), left)
        links.use(link)
        return _page(
            "Connected",
            f"<p>The instance accepted the credentials of <b>{escape(connector.name)}</b>. They are stored encrypted. "
            "You can close this page.</p>",
        )

    return router


def _failed(request: Request, secret: str, connector: Connector, why: str, left: int) -> HTMLResponse:
    if left <= 0:
        return _page(
            "Not connected",
            f'<p class="error" role="alert">{escape(why)}</p><p>This link takes no more attempts. Ask for another.</p>',
            422,
        )
    return _form(request, secret, connector, f"{why} ({left} more attempts)", 422)


def _over() -> HTMLResponse:
    """The same for links that never were, are used, used up or expired, or whose connector is gone."""
    return _page("This link does not work", "<p>It was used, has expired, or never was. Ask for another.</p>", 404)


def _form(
    request: Request, secret: str, connector: Connector, error: str | None = None, status: int = 200
) -> HTMLResponse:
    """The form, empty: what was entered is not sent back."""
    cookie = request.cookies.get(_COOKIE) or secrets.token_urlsafe(24)
    kinds = "".join(
        f'<label><input type="radio" name="kind" value="{kind}"{" checked" if kind == "basic" else ""}> {label}</label>'
        for kind, label in _LABELS.items()
    )
    inputs = "".join(
        f'<label>{label}<input type="{kind}" name="{name}" maxlength="{_LONGEST}" autocomplete="off" '
        'spellcheck="false"></label>'
        for name, (label, kind) in _FIELDS.items()
    )
    alert = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    page = _page(
        f"Connect {connector.name}",
        f"<p>Credentials for <b>{escape(connector.url)}</b>. They are tried at once and stored encrypted.</p>{alert}"
        '<form method="post" autocomplete="off">'
        f'<input type="hidden" name="form" value="{_counterpart(secret, cookie)}">'
        f"<fieldset><legend>How to sign in</legend>{kinds}</fieldset>{inputs}<button>Connect</button></form>",
        status,
    )
    page.set_cookie(
        _COOKIE,
        cookie,
        max_age=3600,
        path=CONNECT,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return page


def _page(title: str, content: str, status: int = 200) -> HTMLResponse:
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{content}</body></html>"
    )
    return HTMLResponse(text, status, _HEADERS)


def _counterpart(secret: str, cookie: str) -> str:
    """What a form must carry beside the cookie: only who knows the link can make it."""
    return hmac.new(secret.encode(), cookie.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def _from_this_page(request: Request, secret: str, given: str) -> bool:
    cookie = request.cookies.get(_COOKIE, "")
    origin = request.headers.get("origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        return False
    expected = _counterpart(secret, cookie)
    return bool(cookie) and hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape"))


def _values(body: bytes) -> dict[str, str]:
    """The fields of a form, empty ones left out; nothing where the body is no form."""
    try:
        parsed = parse_qs(body.decode(), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in parsed.items()}


def _credentials(values: dict[str, str]) -> Credentials | None:
    """Those of the chosen kind; None where a part is missing or too long."""
    names = KINDS.get(values.get("kind", ""))
    if not names or not all(0 < len(values.get(name, "")) <= _LONGEST for name in names):
        return None
    return Credentials(**{name: values[name] for name in names})
