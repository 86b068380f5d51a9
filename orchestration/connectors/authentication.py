"""Giving a connector its credentials: tried on the instance at once, stored where they are accepted."""

from dataclasses import fields, replace

from ingestion.errors import ConfigurationError, CredentialsRefused, TicketlakeError
from ingestion.settings import Credentials, Settings
from orchestration.connectors.targets import with_registered
from orchestration.credentials import Vault
from orchestration.schedule import tick_of
from orchestration.state import Connector, Connectors, ConnectorStatus, StateDatabase
from orchestration.state.transitions import ATTEMPTING

#: Somebody waits for the answer: one try, and no longer than this (seconds).
_PATIENCE = 20.0
#: The parts that must never be shown.
SECRET = ("password", "client_secret", "api_key")


def authenticate(
    settings: Settings, database: StateDatabase, name: str, credentials: Credentials, *, actor: str
) -> Connector:
    """Try credentials on the connector's instance, store them sealed, and move its state.

    Accepted ones lead from `required_auth` and `auth_error` to `pending_initialization`, or to `active` where the
    first load has ended. Refused ones are not stored and lead to `auth_error`, unless an attempt is under way, which
    has its own. Raises CredentialsRefused then, and TicketlakeError, with nothing changed, where the instance could
    not be asked; no message has a secret in it.
    """
    connector = Connectors(database).get(name)
    if credentials.kind == "none":
        raise ConfigurationError(
            f"no credentials for connector {name!r}: set SERVICENOW_USERNAME and SERVICENOW_PASSWORD, "
            "SERVICENOW_CLIENT_ID and SERVICENOW_CLIENT_SECRET, or SERVICENOW_API_KEY"
        )
    vault = Vault(settings, database)
    vault.ready()
    try:
        _try(settings, database, connector, credentials)
    except CredentialsRefused as error:
        _refused(database, name, str(error), actor)
        raise
    vault.store(connector, credentials, actor=actor)
    return _accepted(settings, database, name, actor)


def _try(settings: Settings, database: StateDatabase, connector: Connector, credentials: Credentials) -> None:
    """One request with the credentials. Raises CredentialsRefused or TicketlakeError."""
    from ingestion.servicenow.preflight import check_entry

    instance = with_registered(settings, database).instance(connector.name)
    trying = replace(instance, credentials=credentials, max_attempts=1, timeout_seconds=_PATIENCE)
    for check in check_entry(settings, trying):
        if not check.ok:
            said = without_secrets(check.detail, credentials)
            if check.name == "credentials":
                raise CredentialsRefused(said)
            raise TicketlakeError(f"the credentials could not be tried: {said}; {check.remedy}")


def _refused(database: StateDatabase, name: str, cause: str, actor: str) -> None:
    connectors = Connectors(database)
    status = connectors.get(name).status
    if status not in ATTEMPTING and status is not ConnectorStatus.AUTH_ERROR:
        connectors.move(name, ConnectorStatus.AUTH_ERROR, cause=cause, actor=actor)


def _accepted(settings: Settings, database: StateDatabase, name: str, actor: str) -> Connector:
    connectors = Connectors(database)
    connector = connectors.get(name)
    if connector.status not in (ConnectorStatus.REQUIRED_AUTH, ConnectorStatus.AUTH_ERROR):
        return connector
    loaded = connector.first_loaded_at is not None and connector.status is ConnectorStatus.AUTH_ERROR
    return connectors.move(
        name,
        ConnectorStatus.ACTIVE if loaded else ConnectorStatus.PENDING_INITIALIZATION,
        cause="credentials accepted",
        actor=actor,
        rescheduled_for=tick_of(connector, settings.sync_cron),
    )


def without_secrets(text: str, credentials: Credentials) -> str:
    """A text in which an instance may have repeated what it was shown, without it."""
    for part in fields(credentials):
        value = getattr(credentials, part.name)
        if part.name in SECRET and value:
            text = text.replace(value, "***")
    return text
