"""How a client shows who it is: API key, OAuth or Basic (Table API reference, section 3)."""

import base64
import json
import threading
import time
from collections.abc import Mapping

from ingestion.errors import CredentialsRefused, SourceError
from ingestion.servicenow.session import NoAnswer, Session
from ingestion.settings import Credentials

#: A token is renewed this long before it ends (seconds), so that no request meets its last second.
_MARGIN = 30.0


class Authentication:
    """Headers for each request; an OAuth token is fetched when first needed and renewed in time.

    Shared by the sessions of one instance: one token serves them all.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._token = ""
        self._refresh = ""
        self._expires = 0.0
        self._lock = threading.Lock()

    def headers(self, session: Session) -> dict[str, str]:
        """Raises CredentialsRefused where a token is denied, NoAnswer where none came."""
        credentials = self._credentials
        match credentials.kind:
            case "api_key":
                return {"x-sn-apikey": credentials.api_key}
            case "basic":
                pair = f"{credentials.username}:{credentials.password}".encode()
                return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
            case "oauth_password" | "oauth_client":
                with self._lock:
                    if time.monotonic() >= self._expires:
                        self._fetch(session)
                    return {"Authorization": f"Bearer {self._token}"}
            case _:
                return {}

    def renew(self, shown: Mapping[str, str]) -> bool:
        """After a 401 for these headers: forget their token. False where there is none, so a 401 is final."""
        with self._lock:
            if not self._token:
                return False
            # Another session may have a new one already.
            if shown.get("Authorization") == f"Bearer {self._token}":
                self._expires = 0.0
            return True

    def _fetch(self, session: Session) -> None:
        credentials = self._credentials
        form = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
        if self._refresh:
            form |= {"grant_type": "refresh_token", "refresh_token": self._refresh}
        elif credentials.kind == "oauth_password":
            form |= {
                "grant_type": "password",
                "username": credentials.username,
                "password": credentials.password,
            }
        else:
            form |= {"grant_type": "client_credentials"}
        response = session.post("/oauth_token.do", form)
        if response.status in (400, 401, 403):
            if self._refresh:
                self._refresh = ""
                return self._fetch(session)
            raise CredentialsRefused(
                f"the instance refused the OAuth {form['grant_type']} grant ({response.status}); check client id, "
                "client secret and user"
            )
        if response.status >= 500 or response.status == 429:
            raise NoAnswer(f"token endpoint answered {response.status}")
        try:
            token = json.loads(response.content)
            self._token = token["access_token"]
            self._refresh = token.get("refresh_token", "")
            self._expires = time.monotonic() + max(1.0, float(token.get("expires_in", 1800)) - _MARGIN)
        except (ValueError, KeyError, TypeError):
            raise SourceError(f"/oauth_token.do answered {response.status} without an access token") from None
        return None
