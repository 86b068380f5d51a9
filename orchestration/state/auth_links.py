"""Ways in for credentials: links that work once, for a while, and for a few attempts."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.state.database import StateDatabase, record, text_of, utc_now
from orchestration.state.tokens import digest_of

LIFETIME = timedelta(minutes=30)
ATTEMPTS = 5


@dataclass(frozen=True)
class AuthLink:
    """A link, by the digest of the secret in its address. `actor` asked for it."""

    digest: bytes
    connector_id: str
    actor: str
    attempts: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.used_at is None and self.attempts < ATTEMPTS and utc_now() < self.expires_at


class AuthLinks:
    def __init__(self, database: StateDatabase) -> None:
        self.database = database

    def create(self, connector_id: str, *, actor: str, lifetime: timedelta = LIFETIME) -> tuple[str, datetime]:
        """A new link's secret and when it expires (naive UTC). Links that are long over are forgotten."""
        secret, now = secrets.token_urlsafe(32), utc_now()
        with self.database.transaction() as db:
            db.execute("delete from auth_links where expires_at < ?", (text_of(now - timedelta(days=1)),))
            db.execute(
                "insert into auth_links (digest, connector_id, actor, created_at, expires_at) values (?, ?, ?, ?, ?)",
                (digest_of(secret), connector_id, actor, text_of(now), text_of(now + lifetime)),
            )
        return secret, now + lifetime

    def find(self, secret: str) -> AuthLink | None:
        rows = self.database.rows("select * from auth_links where digest = ?", (digest_of(secret),))
        return AuthLink(**record(rows[0])) if rows else None

    def attempt(self, link: AuthLink) -> bool:
        """Count an attempt before it is made; False where the link takes no more."""
        with self.database.transaction() as db:
            counted = db.execute(
                "update auth_links set attempts = attempts + 1"
                " where digest = ? and used_at is null and attempts < ? and expires_at > ?",
                (link.digest, ATTEMPTS, text_of(utc_now())),
            )
            return bool(counted.rowcount)

    def use(self, link: AuthLink) -> None:
        """Close the link for good."""
        with self.database.transaction() as db:
            db.execute(
                "update auth_links set used_at = ? where digest = ? and used_at is null",
                (text_of(utc_now()), link.digest),
            )
