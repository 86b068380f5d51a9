"""Connectors and settings brought together: who is known, who can be synced."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from ingestion.errors import ConfigurationError
from ingestion.settings import InstanceSettings, Settings
from orchestration.state import Connectors, ConnectorStatus, StateDatabase

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
    """The settings with every connector that the data directory knows, configured or not.

    Retention and checks go by them: data of an instance stays in their care when its address is no
    longer in the environment.
    """
    instances = dict(settings.instances)
    for connector in Connectors(database).all():
        configured = instances.get(connector.name) or InstanceSettings(connector.name, connector.url)
        instances[connector.name] = replace(configured, url=configured.url or connector.url)
    return replace(settings, instances=instances)


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
            missing = f"credentials: {_HOW_TO}" if instance.url else "address: set SERVICENOW_INSTANCE_URL"
            raise ConfigurationError(f"instance {instance.name!r} has no {missing}")
        else:
            log.warning("instance %r is left out: it has no address or no credentials", instance.name)
    if not targets:
        raise ConfigurationError(f"nothing to sync: set SERVICENOW_INSTANCE_URL, and {_HOW_TO}")
    return targets


def has_credentials(instance: InstanceSettings) -> bool:
    return instance.credentials.kind != "none"
