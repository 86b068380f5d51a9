"""Who calls: Basic, OAuth bearer tokens, API key (Table API reference, section 3)."""

import base64
import binascii
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from ingestion.instance.clock import Clock
from ingestion.instance.messages import ApiError, Request, Response, json_response
from ingestion.instance.options import InstanceOptions

API_KEY = "x-sn-apikey"


@dataclass(frozen=True)
class _Token:
    value: str
    expires_at: datetime
    grant: str


class Authenticator:
    """Checks requests and hands out tokens; their lifetimes go by the instance's clock."""

    def __init__(self, options: InstanceOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._lock = threading.Lock()
        self._access: dict[str, _Token] = {}
        self._refresh: dict[str, _Token] = {}

    def require_user(self, request: Request) -> str:
        """The name of the calling user; raises ApiError 401 where the credentials are missing or wrong."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        key = request.headers.get(API_KEY) or request.parameters.get(API_KEY, "")
        accepted = (
            (scheme.lower() == "basic" and self._is_user(*_basic(value)))
            or (scheme.lower() == "bearer" and self._is_live(value.strip()))
            or (bool(key and self._options.api_key) and _same(key, self._options.api_key))
        )
        if not accepted:
            raise ApiError(
                401,
                "User Not Authenticated",
                "Required to provide Auth information",
                [("WWW-Authenticate", 'BASIC realm="Service-now"')],
            )
        return self._options.username

    def _is_user(self, name: str, password: str) -> bool:
        known = _same(name, self._options.username) and _same(password, self._options.password)
        return known and bool(name)

    def _is_live(self, value: str) -> bool:
        with self._lock:
            token = self._access.get(value)
        return token is not None and self._clock.now() < token.expires_at

    def bears_live_token(self, request: Request) -> bool:
        """Whether the request comes with an OAuth access token that is valid."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._is_live(value.strip())

    def expire_tokens(self, *, refresh: bool = False) -> None:
        """Makes all access tokens, and the refresh tokens if asked, invalid at once."""
        with self._lock:
            self._access.clear()
            if refresh:
                self._refresh.clear()

    def token(self, request: Request) -> Response:
        """Answers `POST /oauth_token.do`. While a token of the same grant is valid it is handed out again.

        The client names itself in the form or, as OAuth libraries do, by Basic authentication.
        """
        form = {name: values[-1] for name, values in parse_qs(request.body.decode(errors="replace")).items()}
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if "client_secret" not in form and scheme.lower() == "basic":
            form["client_id"], form["client_secret"] = _basic(value)
        grant = form.get("grant_type", "")
        if not self._may_have_token(grant, form):
            return json_response({"error_description": "access_denied", "error": "server_error"}, 401)
        with self._lock:
            now = self._clock.now()
            access = self._current("client_credentials" if grant == "client_credentials" else "user", now)
            content = {
                "access_token": access.value,
                "scope": "useraccount",
                "token_type": "Bearer",
                "expires_in": int((access.expires_at - now).total_seconds()) - 1,
            }
            if grant == "password":
                content["refresh_token"] = self._new_refresh(now)
            elif grant == "refresh_token":
                content["refresh_token"] = form["refresh_token"]
        return json_response(content)

    def _may_have_token(self, grant: str, form: dict[str, str]) -> bool:
        known_client = _same(form.get("client_id", ""), self._options.client_id) and _same(
            form.get("client_secret", ""), self._options.client_secret
        )
        if not known_client or not self._options.client_id:
            return False
        if grant == "password":
            return self._is_user(form.get("username", ""), form.get("password", ""))
        if grant == "refresh_token":
            with self._lock:
                token = self._refresh.get(form.get("refresh_token", ""))
            return token is not None and self._clock.now() < token.expires_at
        return grant == "client_credentials"

    def _current(self, grant: str, now: datetime) -> _Token:
        for token in self._access.values():
            if token.grant == grant and now < token.expires_at:
                return token
        fresh = _Token(secrets.token_urlsafe(48), now + timedelta(seconds=self._options.access_token_seconds), grant)
        self._access = {value: token for value, token in self._access.items() if now < token.expires_at}
        self._access[fresh.value] = fresh
        return fresh

    def _new_refresh(self, now: datetime) -> str:
        value = secrets.token_urlsafe(48)
        expires = now + timedelta(seconds=self._options.refresh_token_seconds)
        self._refresh[value] = _Token(value, expires, "refresh")
        return value


def _basic(value: str) -> tuple[str, str]:
    """Name and password of a Basic login, both '' where it is none."""
    try:
        name, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
