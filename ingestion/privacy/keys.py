"""The key of pseudonyms and of what recognises an erased person, derived from the secret key.

Pseudonyms are AES-SIV (RFC 5297): deterministic, so the same value has the same pseudonym in every sync and
every instance of a data directory; authenticated, so a pseudonym is told from a value that looks like one;
reversible with the key alone.

`ticketlake.privacy_key` holds the key as it was first derived, sealed with the secret. So another secret is
refused, with which values would get other pseudonyms and erased persons would come back, and a new secret
can take the place of the old one without changing any pseudonym.
"""

import base64
import binascii
import hashlib

import duckdb
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ingestion.errors import ConfigurationError
from ingestion.warehouse import BOOKKEEPING

#: What every pseudonym begins with.
PREFIX = "pn-"
_PURPOSE, _SEAL = b"ticketlake privacy, version 1", b"ticketlake privacy, seal, version 1"


class PrivacyKey:
    """Makes and reads pseudonyms, and keyed digests. `material` is 96 bytes."""

    def __init__(self, material: bytes) -> None:
        self._material = material
        self._cipher, self._digest_key = AESSIV(material[:64]), material[64:]

    @classmethod
    def derived(cls, secret: str) -> "PrivacyKey":
        """The key that a secret gives at first. Raises ConfigurationError where there is none."""
        return cls(_derived(_needed(secret), _PURPOSE, 96))

    def sealed(self, secret: str) -> bytes:
        """The key, for who has the secret."""
        return _seal(secret).encrypt(self._material, None)

    def pseudonym(self, value: str) -> str:
        """The pseudonym of a value; a pseudonym of this key stays what it is. Letters are lower case."""
        if self.value_of(value) is not None:
            return value
        sealed = self._cipher.encrypt(value.encode(), None)
        return PREFIX + base64.b32encode(sealed).decode().rstrip("=").lower()

    def value_of(self, pseudonym: str) -> str | None:
        """The value behind a pseudonym; None where this key has not made it."""
        if not pseudonym.startswith(PREFIX):
            return None
        text = pseudonym.removeprefix(PREFIX).upper()
        try:
            sealed = base64.b32decode(text + "=" * (-len(text) % 8))
            return self._cipher.decrypt(sealed, None).decode()
        except (binascii.Error, InvalidTag, ValueError):
            return None

    def plain(self, value: str) -> str:
        """The value behind a pseudonym, or the text itself where it is none."""
        found = self.value_of(value)
        return value if found is None else found

    def digest(self, text: str) -> str:
        """128 bits that stand for a text; who has not the key cannot try texts against them."""
        return hashlib.blake2b(text.encode(), key=self._digest_key, digest_size=16).hexdigest()


def open_key(connection: duckdb.DuckDBPyConnection, secret: str) -> PrivacyKey:
    """The key of this warehouse; the one the secret gives where none was used yet.

    Raises ConfigurationError where there is no secret, or another one than the key is sealed with.
    """
    seals = connection.execute(f"SELECT sealed FROM {BOOKKEEPING}.privacy_key").fetchall()
    if not seals:
        return PrivacyKey.derived(secret)
    seal = _seal(_needed(secret))
    for (sealed,) in seals:
        try:
            return PrivacyKey(seal.decrypt(sealed, None))
        except InvalidTag:
            continue
    raise ConfigurationError(
        "TICKETLAKE_SECRET_KEY is not the one that this warehouse's pseudonyms and erasures were made with; set that "
        "one"
    )


def keep_key(connection: duckdb.DuckDBPyConnection, key: PrivacyKey, secret: str) -> None:
    """Keep the key with the warehouse from its first use on."""
    if not connection.execute(f"SELECT 1 FROM {BOOKKEEPING}.privacy_key").fetchall():
        connection.execute(f"INSERT INTO {BOOKKEEPING}.privacy_key VALUES (?)", [key.sealed(secret)])


def add_secret(connection: duckdb.DuckDBPyConnection, secret: str, following: str) -> None:
    """Before a rotation: let the following secret open the key too. Nothing where no key was used yet."""
    if connection.execute(f"SELECT 1 FROM {BOOKKEEPING}.privacy_key").fetchall():
        sealed = open_key(connection, secret).sealed(following)
        connection.execute(f"INSERT INTO {BOOKKEEPING}.privacy_key VALUES (?)", [sealed])


def leave_secret(connection: duckdb.DuckDBPyConnection, secret: str) -> None:
    """After a rotation: let this secret alone open the key."""
    if connection.execute(f"SELECT 1 FROM {BOOKKEEPING}.privacy_key").fetchall():
        key = open_key(connection, secret)
        connection.execute("BEGIN")
        connection.execute(f"DELETE FROM {BOOKKEEPING}.privacy_key")
        keep_key(connection, key, secret)
        connection.execute("COMMIT")


def _needed(secret: str) -> str:
    if not secret:
        raise ConfigurationError(
            "pseudonyms and erasures need a secret key: set TICKETLAKE_SECRET_KEY to the one this data directory was "
            "made with"
        )
    return secret


def _seal(secret: str) -> AESSIV:
    return AESSIV(_derived(secret, _SEAL, 64))


def _derived(secret: str, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=None, info=purpose).derive(secret.encode())
