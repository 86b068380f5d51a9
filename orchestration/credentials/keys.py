"""The key that seals credentials: TICKETLAKE_SECRET_KEY, else an entry in the operating system's keyring.

The keyring's entry is of service `ticketlake`; its account is the data directory, so that two
installations of one user have keys of their own. While a key is rotated there the new one waits under
a second account, and both are tried: a rotation that is cut off locks nobody out.
"""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ingestion.errors import ConfigurationError
from ingestion.settings import Settings

log = logging.getLogger(__name__)

SERVICE = "ticketlake"
_NEXT = " (next)"


def known_keys(settings: Settings) -> list[str]:
    """The keys that may have sealed what is stored, the present one first.

    Raises ConfigurationError naming both places where neither has one.
    """
    if settings.secret_key:
        return [settings.secret_key]
    with _keyring(settings) as keyring:
        accounts = (_account(settings), _account(settings) + _NEXT)
        found = [key for account in accounts if (key := keyring.get_password(SERVICE, account))]
    if not found:
        raise _missing(settings, "it has none")
    return found


def present_key(settings: Settings, *, may_make: bool) -> str:
    """The key that seals from now on. With `may_make` one is made where a keyring is there and empty.

    Raises ConfigurationError as `known_keys` does.
    """
    if settings.secret_key or not may_make:
        return known_keys(settings)[0]
    with _keyring(settings) as keyring:
        key: str | None = keyring.get_password(SERVICE, _account(settings))
        if not key:
            key = secrets.token_urlsafe(32)
            keyring.set_password(SERVICE, _account(settings), key)
            log.info("made a key in the keyring: service %s, account %s", SERVICE, _account(settings))
        return key


def next_key(settings: Settings) -> str:
    """The key to rotate to: TICKETLAKE_NEW_SECRET_KEY, or a new one that waits in the keyring.

    Raises ConfigurationError where the present key is from the environment and no other is given.
    """
    if settings.secret_key:
        if not settings.new_secret_key or settings.new_secret_key == settings.secret_key:
            raise ConfigurationError(
                "the key is from TICKETLAKE_SECRET_KEY: give the next one, another than that, in "
                "TICKETLAKE_NEW_SECRET_KEY, and after the rotation set TICKETLAKE_SECRET_KEY to it"
            )
        return settings.new_secret_key
    with _keyring(settings) as keyring:
        account = _account(settings) + _NEXT
        # One that waits is from a rotation that was cut off; rows may be sealed with it. Where it came as far as
        # being the present one, another is due.
        waiting: str | None = keyring.get_password(SERVICE, account)
        present = keyring.get_password(SERVICE, _account(settings))
        key = waiting if waiting and waiting != present else secrets.token_urlsafe(32)
        keyring.set_password(SERVICE, account, key)
        return key


def make_present(settings: Settings, key: str) -> None:
    """Make `key` the only one in the keyring, once everything is sealed with it. The environment is its owner's."""
    if settings.secret_key:
        return
    with _keyring(settings) as keyring:
        keyring.set_password(SERVICE, _account(settings), key)
        keyring.delete_password(SERVICE, _account(settings) + _NEXT)


def _account(settings: Settings) -> str:
    return str(settings.data_dir)


@contextmanager
def _keyring(settings: Settings) -> Iterator[Any]:
    """The keyring; its failures become a ConfigurationError that names both places for the key."""
    import keyring
    import keyring.errors

    try:
        yield keyring
    except keyring.errors.KeyringError as error:
        # Its message may quote what was asked; its kind says enough.
        raise _missing(settings, f"it cannot be used: {type(error).__name__}") from None


def _missing(settings: Settings, why: str) -> ConfigurationError:
    return ConfigurationError(
        "no key for stored credentials: set TICKETLAKE_SECRET_KEY, or keep one in the keyring of the operating "
        f"system (service {SERVICE!r}, account {_account(settings)!r}; {why})"
    )
