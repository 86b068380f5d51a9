"""Stored credentials: only the key opens them, only for their connector; nothing shows them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from ingestion.errors import ConfigurationError
from ingestion.settings import Credentials, Settings, load_settings
from orchestration.connectors import targets_of
from orchestration.connectors.authentication import without_secrets
from orchestration.credentials import Vault
from orchestration.credentials.sealing import SealBroken, seal, unseal
from orchestration.state import Connector, Connectors, StateDatabase
from orchestration.state.credentials import SealedCredentials

SECRET = Credentials(username="svc", password="hunter2-password", client_id="c", client_secret="hunter2-client")


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring of the operating system, for as long as a test."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before, given = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(given)
    yield given
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return load_settings(environ={"TICKETLAKE_DATA_DIR": str(data_dir), "TICKETLAKE_SECRET_KEY": "first"})


@pytest.fixture
def acme(database: StateDatabase) -> Connector:
    return Connectors(database).create("acme", "https://example.service-now.com", actor="test")


def test_what_is_sealed_opens_with_its_key_for_its_connector_and_unaltered_alone() -> None:
    sealed = seal(SECRET, "id", "key")
    assert unseal(sealed, "id", ["other", "key"]) == SECRET
    assert seal(SECRET, "id", "key") != sealed
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:10], b"", b"\x02" + sealed[1:]):
        with pytest.raises(SealBroken):
            unseal(wrong, "id", ["key"])
    with pytest.raises(SealBroken):
        unseal(sealed, "another", ["key"])
    with pytest.raises(SealBroken):
        unseal(sealed, "id", ["kez"])


def test_credentials_are_in_no_byte_of_the_state_and_no_repr(
    settings: Settings, database: StateDatabase, acme: Connector
) -> None:
    vault = Vault(settings, database)
    vault.store(acme, SECRET, actor="test")
    assert vault.open(acme) == SECRET
    on_disk = b"".join(file.read_bytes() for file in settings.data_dir.iterdir() if file.is_file())
    assert b"acme" in on_disk and b"hunter2" not in on_disk
    shown = replace(settings, given_credentials=SECRET, new_secret_key="hunter2-new", secret_key="hunter2-key")
    assert "svc" in repr(shown) and "hunter2" not in repr(shown)


def test_replaced_and_deleted_credentials_leave_no_sealed_bytes_behind(
    settings: Settings, database: StateDatabase, acme: Connector
) -> None:
    vault = Vault(settings, database)
    vault.store(acme, SECRET, actor="test")
    first = SealedCredentials(database).all()[acme.id]
    with database.transaction() as db:
        db.execute("select 1")
    assert first[-32:] in _state(settings, database)
    vault.store(acme, SECRET, actor="test")
    second = SealedCredentials(database).all()[acme.id]
    assert first[-32:] not in _state(settings, database)
    Connectors(database).remove("acme", keeps_data=True, actor="test")
    assert second[-32:] not in _state(settings, database)


def _state(settings: Settings, database: StateDatabase) -> bytes:
    """The file's bytes, with what was still beside it."""
    import sqlite3

    with sqlite3.connect(settings.state_path) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    return settings.state_path.read_bytes()


@pytest.mark.usefixtures("no_keyring")
def test_without_a_key_both_places_for_it_are_named(
    settings: Settings, database: StateDatabase, acme: Connector
) -> None:
    Vault(settings, database).store(acme, SECRET, actor="test")
    keyless = replace(settings, secret_key="")
    for attempt in (
        lambda: Vault(keyless, database).store(acme, SECRET, actor="test"),
        lambda: Vault(keyless, database).open(acme),
        lambda: targets_of(keyless, database, ["acme"]),
    ):
        with pytest.raises(ConfigurationError, match=r"TICKETLAKE_SECRET_KEY.*keyring") as refused:
            attempt()
        assert refused.value.exit_code == 2


def test_another_key_is_a_clear_error(settings: Settings, database: StateDatabase, acme: Connector) -> None:
    Vault(settings, database).store(acme, SECRET, actor="test")
    with pytest.raises(ConfigurationError, match="'acme' do not open with the present key"):
        Vault(replace(settings, secret_key="second"), database).open(acme)


def test_a_key_from_the_environment_is_rotated_to_the_one_given(
    settings: Settings, database: StateDatabase, acme: Connector
) -> None:
    Vault(settings, database).store(acme, SECRET, actor="test")
    with pytest.raises(ConfigurationError, match="TICKETLAKE_NEW_SECRET_KEY"):
        Vault(settings, database).rotate(actor="test")
    assert Vault(replace(settings, new_secret_key="second"), database).rotate(actor="test") == 1
    assert Vault(replace(settings, secret_key="second"), database).open(acme) == SECRET
    with pytest.raises(ConfigurationError):
        Vault(settings, database).open(acme)


def test_the_keyring_makes_keeps_and_rotates_a_key(
    memory: MemoryKeyring, settings: Settings, database: StateDatabase, acme: Connector
) -> None:
    settings = replace(settings, secret_key="")
    vault = Vault(settings, database)
    vault.store(acme, SECRET, actor="test")
    (entry,) = memory.entries.items()
    assert entry[0] == ("ticketlake", str(settings.data_dir)) and len(entry[1]) > 40
    assert vault.rotate(actor="test") == 1
    (rotated,) = memory.entries.items()
    assert rotated[0] == entry[0] and rotated[1] != entry[1]
    assert vault.open(acme) == SECRET
    # A key that is lost is not quietly replaced by one that opens nothing.
    memory.entries.clear()
    with pytest.raises(ConfigurationError, match="it has none"):
        vault.store(acme, SECRET, actor="test")


def test_a_rotation_that_was_cut_off_locks_nobody_out(
    memory: MemoryKeyring, settings: Settings, database: StateDatabase, acme: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(settings, secret_key="")
    vault = Vault(settings, database)
    vault.store(acme, SECRET, actor="test")
    with monkeypatch.context() as broken:
        broken.setattr(MemoryKeyring, "delete_password", _fail)
        with pytest.raises(ConfigurationError):
            vault.rotate(actor="test")
    assert vault.open(acme) == SECRET and len(memory.entries) == 2
    used = set(memory.entries.values())
    with monkeypatch.context() as broken:
        broken.setattr(SealedCredentials, "replace", _fail)
        with pytest.raises(keyring.errors.KeyringError):
            vault.rotate(actor="test")
    assert vault.open(acme) == SECRET
    assert vault.rotate(actor="test") == 1 and len(memory.entries) == 1
    assert not used & set(memory.entries.values())
    assert vault.open(acme) == SECRET


def _fail(*_: object, **__: object) -> None:
    raise keyring.errors.KeyringError


def test_what_an_instance_repeats_is_taken_out_of_its_message() -> None:
    assert without_secrets("no entry for svc with hunter2-password", SECRET) == "no entry for svc with ***"
