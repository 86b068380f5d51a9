"""What connectors show their instances, kept sealed in `state.sqlite`."""

from ingestion.errors import ConfigurationError
from ingestion.settings import Credentials, Settings
from orchestration.credentials.keys import known_keys, make_present, next_key, present_key
from orchestration.credentials.sealing import SealBroken, seal, unseal
from orchestration.state import Connector, StateDatabase
from orchestration.state.credentials import SealedCredentials


class Vault:
    """Stored credentials of a data directory. The key is asked for when something is sealed or opened, not before."""

    def __init__(self, settings: Settings, database: StateDatabase) -> None:
        self._settings = settings
        self._sealed = SealedCredentials(database)

    def holds(self, connector: Connector) -> bool:
        return self._sealed.get(connector.id) is not None

    def ready(self) -> None:
        """Raise ConfigurationError where nothing could be sealed now, before anybody is asked for a secret."""
        present_key(self._settings, may_make=not self._sealed.all())

    def store(self, connector: Connector, credentials: Credentials, *, actor: str) -> None:
        """Seal them in the place of earlier ones. Raises ConfigurationError where there is no key."""
        key = present_key(self._settings, may_make=not self._sealed.all())
        self._sealed.put(connector.id, connector.name, seal(credentials, connector.id, key), actor=actor)

    def open(self, connector: Connector) -> Credentials | None:
        """The connector's credentials, None where none are stored.

        Raises ConfigurationError where there is no key, or another one than they were sealed with.
        """
        sealed = self._sealed.get(connector.id)
        return None if sealed is None else self._opened(connector.id, connector.name, sealed)

    def rotate(self, *, actor: str) -> int:
        """Seal everything with the next key; returns how many connectors that were.

        All rows change in one transaction, so a rotation that is cut off leaves all of them with one key.
        """
        before = self._sealed.all()
        key = next_key(self._settings)
        opened = {each: self._opened(each, each, sealed) for each, sealed in before.items()}
        after = {each: seal(credentials, each, key) for each, credentials in opened.items()}
        left = self._sealed.replace(before, after, actor=actor)
        if left:
            raise ConfigurationError(
                f"credentials of {len(left)} connectors changed meanwhile and have the former key; rotate again"
            )
        make_present(self._settings, key)
        return len(after)

    def _opened(self, connector_id: str, name: str, sealed: bytes) -> Credentials:
        try:
            return unseal(sealed, connector_id, [*known_keys(self._settings), *self._next()])
        except SealBroken:
            raise ConfigurationError(
                f"the stored credentials of connector {name!r} do not open with the present key: set "
                f"TICKETLAKE_SECRET_KEY to the one they were sealed with, or run `ticketlake connector auth {name}`"
            ) from None

    def _next(self) -> list[str]:
        """A rotation may have been cut off before TICKETLAKE_SECRET_KEY was changed."""
        return [self._settings.new_secret_key] if self._settings.new_secret_key else []
