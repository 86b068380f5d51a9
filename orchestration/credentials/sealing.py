"""Sealing: AES-256-GCM, so that what was altered is refused, with a key derived anew for each row by scrypt.

A sealed row is one byte of version, 16 of salt, 12 of nonce, then ciphertext and tag. The connector's
id is authenticated with it: a row that is moved to another connector does not open.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict

import msgspec

from ingestion.settings import Credentials

_VERSION = b"\x01"
_SALT, _NONCE = 16, 12
#: Memory for one derivation is 128 * N * R bytes, 32 MiB; it takes some 0.1 s, so that short keys cost a guesser too.
_N, _R, _P = 2**15, 8, 1


class SealBroken(Exception):
    """No known key opens this: it is sealed with another one, or was altered."""


def seal(credentials: Credentials, connector_id: str, key: str) -> bytes:
    """The credentials, readable only with `key` and only for this connector."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    plain = msgspec.json.encode(asdict(credentials))
    return _VERSION + salt + nonce + AESGCM(_derived(key, salt)).encrypt(nonce, plain, _associated(connector_id))


def unseal(sealed: bytes, connector_id: str, keys: Sequence[str]) -> Credentials:
    """Raises SealBroken where none of the keys opens it."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce, body = sealed[1 : 1 + _SALT], sealed[1 + _SALT : 1 + _SALT + _NONCE], sealed[1 + _SALT + _NONCE :]
    if sealed[:1] == _VERSION and body:
        for key in keys:
            try:
                plain = AESGCM(_derived(key, salt)).decrypt(nonce, body, _associated(connector_id))
            except InvalidTag:
                continue
            return Credentials(**msgspec.json.decode(plain, type=dict[str, str]))
    raise SealBroken


def _derived(key: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=_N, r=_R, p=_P).derive(key.encode())


def _associated(connector_id: str) -> bytes:
    return b"ticketlake credentials\x00" + connector_id.encode()
