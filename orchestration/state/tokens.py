"""Bearer tokens of the API. A token is shown once; kept is its SHA-256, which suffices as it is 256 random bits."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import uuid4

from ingestion.errors import ConfigurationError
from orchestration.state.audit_log import record as note
from orchestration.state.database import StateDatabase, record, text_of, utc_now

#: `view` may read, `full` may do everything.
Access = Literal["view", "full"]
#: So that tools that look for secrets know one.
PREFIX = "tlk_"


@dataclass(frozen=True)
class ApiToken:
    """A token without what opens doors."""

    id: str
    name: str
    access: Access
    created_at: datetime
    revoked_at: datetime | None


class Tokens:
    def __init__(self, database: StateDatabase) -> None:
        self.database = database

    def create(self, access: Access, name: str, *, actor: str) -> tuple[ApiToken, str]:
        """A new token, and its secret, which nothing can show again."""
        secret = PREFIX + secrets.token_urlsafe(32)
        token_id = str(uuid4())
        with self.database.transaction() as db:
            db.execute(
                "insert into api_tokens (id, name, access, digest, created_at) values (?, ?, ?, ?, ?)",
                (token_id, name, access, digest_of(secret), text_of(utc_now())),
            )
            note(db, "token create", token_id, actor=actor, detail={"access": access, "name": name})
        return next(token for token in self.all() if token.id == token_id), secret

    def all(self) -> list[ApiToken]:
        """Oldest first, revoked ones too."""
        rows = self.database.rows(
            "select id, name, access, created_at, revoked_at from api_tokens order by created_at, rowid"
        )
        return [ApiToken(**record(row)) for row in rows]

    def find(self, secret: str) -> ApiToken | None:
        """The token that this is the secret of, None where there is none or it was revoked."""
        rows = self.database.rows(
            "select id, name, access, created_at, revoked_at from api_tokens where digest = ? and revoked_at is null",
            (digest_of(secret),),
        )
        return ApiToken(**record(rows[0])) if rows else None

    def revoke(self, token_id: str, *, actor: str) -> None:
        """Raise ConfigurationError where no token that still works has this id."""
        with self.database.transaction() as db:
            changed = db.execute(
                "update api_tokens set revoked_at = ? where id = ? and revoked_at is null",
                (text_of(utc_now()), token_id),
            ).rowcount
            if not changed:
                raise ConfigurationError(f"no token {token_id!r} that still works; see `ticketlake token list`")
            note(db, "token revoke", token_id, actor=actor)


def digest_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
