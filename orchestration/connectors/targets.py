"""Who is known, and who can be synced: connectors and settings brought together."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from ingestion.errors import ConfigurationError
from ingestion.settings import InstanceSettings, Settings
from orchestration.credentials import Vault
from orchestration.state import Connector, Connectors, ConnectorStatus, StateDatabase

log = logging.getLogger(__name__)

_HOW_TO = (
    "set SERVICENOW_USERNAME and SERVICENOW_PASSWORD, SERVICENOW_CLIENT_ID and SERVICENOW_CLIENT_SECRET, "
    "or SERVICENOW_API_KEY"
)


def register_configured(settings: Settings, database: StateDatabase, actor: str) -> None:
    """Make a connector of every instance whose address the settings give.

    It waits for credentials (`required_auth`) or for its first sync (`pending_initialization`).
    """
    connectors = Connectors(database)
    for instance in settings.instances.values():
        if not instance.url:
            continue
        ready = ConnectorStatus.PENDING_INITIALIZATION if has_credentials(instance) else ConnectorStatus.REQUIRED_AUTH
        connector = connectors.register(instance.name, instance.url, ready, actor=actor)
        if connector.status is ConnectorStatus.REQUIRED_AUTH and has_credentials(instance):
            connectors.move(instance.name, ready, cause="credentials given", actor=actor)


def with_registered(settings: Settings, database: StateDatabase) -> Settings:
    """The settings with every connector that the data directory knows, configured, registered or deleted.

    Retention and checks go by them: data of an instance stays in their care when its address is no
    longer in the environment, and when its connector is deleted and the data kept. Nobody who was deleted
    has an address, so none of them is asked anything.
    """
    connectors = Connectors(database)
    instances = dict(settings.instances)
    for name in connectors.former():
        instances.setdefault(name, InstanceSettings(name, ""))
    for connector in connectors.all():
        configured = instances.get(connector.name) or InstanceSettings(connector.name, connector.url)
        instances[connector.name] = replace(
            configured,
            url=configured.url or connector.url,
            tables=configured.tables if connector.tables is None else connector.tables,
        )
    return replace(settings, instances=instances)


def with_stored_credentials(settings: Settings, database: StateDatabase, connector: Connector) -> InstanceSettings:
    """The settings of a connector's instance, with what it shows: given with them, else stored.

    Raises ConfigurationError where stored ones cannot be opened.
    """
    instance = with_registered(settings, database).instance(connector.name)
    if has_credentials(instance):
        return instance
    stored = Vault(settings, database).open(connector)
    return instance if stored is None else replace(instance, credentials=stored)


def targets_of(
    settings: Settings,
    database: StateDatabase,
    names: Sequence[str] = (),
    *,
    scheduled: bool = False,
    only_checked: bool = False,
) -> list[InstanceSettings]:
    """The instances a cycle goes through, with their credentials: those named, or all that are ready.

    Without names, paused connectors are left out, and for the schedule those that have one of their own. A
    connector with stored credentials has to be initialised first, `default` excepted, unless it is `only_checked`.
    Raises ConfigurationError as `sync_targets` does, and where one that is named is not initialised or its
    credentials cannot be opened.
    """
    configured = settings.instances
    settings = with_registered(settings, database)
    known = {connector.name: connector for connector in Connectors(database).all()}
    candidates = [settings.instance(name) for name in names] or list(settings.instances.values())
    chosen: dict[str, InstanceSettings] = {}
    resting = []
    for instance in candidates:
        connector = known.get(instance.name)
        if connector is None:
            # Settings alone know it; it is registered when the cycle begins. A deleted one is not asked.
            if instance.url or names:
                chosen[instance.name] = instance
            continue
        if not names and (connector.is_paused or (scheduled and connector.sync_cron)):
            resting.append(instance.name)
            continue
        entering = with_stored_credentials(settings, database, connector)
        if has_credentials(entering) and not (only_checked or has_credentials(instance) or _may_begin(connector)):
            if names or len(candidates) == 1:
                raise ConfigurationError(f"{_not_begun(connector)} first")
            log.warning("%s to have it synced", _not_begun(connector))
        elif names or has_credentials(entering) or instance.name in configured:
            chosen[instance.name] = entering
        else:
            log.warning("connector %r is left out: it has no credentials", instance.name)
    if not chosen and resting:
        raise ConfigurationError(
            f"nothing to sync: {', '.join(resting)} paused or on a schedule of their own; name one with --instance"
        )
    return sync_targets(replace(settings, instances=chosen), names)


def _may_begin(connector: Connector) -> bool:
    return connector.initialized_at is not None or connector.name == "default"


def _not_begun(connector: Connector) -> str:
    return f"connector {connector.name!r} is {connector.status}: run `ticketlake connector init {connector.name}`"


def sync_targets(settings: Settings, names: Sequence[str] = ()) -> list[InstanceSettings]:
    """The instances a sync goes through: those named, or all that have an address and credentials.

    Raises ConfigurationError where one that is named has neither, or nothing is left to sync.
    """
    chosen = [settings.instance(name) for name in names] or list(settings.instances.values())
    targets = []
    for instance in chosen:
        if instance.url and has_credentials(instance):
            targets.append(instance)
        elif names or len(chosen) == 1:
            raise ConfigurationError(f"instance {instance.name!r} has no {_missing(instance)}")
        else:
            log.warning("instance %r is left out: it has no address or no credentials", instance.name)
    if not targets:
        raise ConfigurationError(f"nothing to sync: set SERVICENOW_INSTANCE_URL, and {_HOW_TO}")
    return targets


def _missing(instance: InstanceSettings) -> str:
    """What an instance lacks, and how it gets it."""
    name = instance.name
    if not instance.url:
        return "address: " + ("set SERVICENOW_INSTANCE_URL" if name == "default" else f"give [instances.{name}] a url")
    return f"credentials: {_HOW_TO}" if name == "default" else f"credentials: run `ticketlake connector auth {name}`"


def has_credentials(instance: InstanceSettings) -> bool:
    return instance.credentials.kind != "none"
