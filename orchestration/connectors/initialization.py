"""Letting a connector begin: its instance has to pass the checks of `doctor`, or somebody answers for it."""

from ingestion.errors import ConfigurationError, CredentialsRefused, TicketlakeError
from ingestion.settings import Settings
from orchestration.connectors.targets import has_credentials, with_stored_credentials
from orchestration.exit_codes import worst
from orchestration.state import Connectors, ConnectorStatus, StateDatabase


class PreflightFailed(TicketlakeError):
    """Checks that an instance has to pass failed; `exit_code` is that of the worst of them."""

    def __init__(self, name: str, failed: list[str], exit_code: int) -> None:
        super().__init__(
            f"connector {name!r} was not initialised: {'; '.join(failed)}. Put it right (`ticketlake doctor --instance "
            f"{name}`), or begin all the same with --override REASON"
        )
        self.exit_code = exit_code


def let_begin(settings: Settings, database: StateDatabase, name: str, *, override: str | None, actor: str) -> list[str]:
    """Run the checks and note that the connector may begin; returns those that failed and were overridden.

    Raises ConfigurationError where it is in another state than `pending_initialization`, CredentialsRefused, which
    no reason overrides and which leads to `auth_error`, and PreflightFailed.
    """
    from ingestion.servicenow.preflight import check_instance

    connectors = Connectors(database)
    connector = connectors.get(name)
    if override is not None and not override.strip():
        raise ConfigurationError("--override needs a reason: it is kept on record")
    if connector.status is not ConnectorStatus.PENDING_INITIALIZATION:
        raise ConfigurationError(f"connector {name!r} is {connector.status}: {_instead(connector.status, name)}")
    instance = with_stored_credentials(settings, database, connector)
    if not has_credentials(instance):
        raise ConfigurationError(f"connector {name!r} has no credentials: run `ticketlake connector auth {name}`")
    wrong = [check for check in check_instance(settings, instance) if check.required and not check.ok]
    for check in wrong:
        if check.name == "credentials":
            connectors.move(name, ConnectorStatus.AUTH_ERROR, cause=check.detail, actor=actor)
            raise CredentialsRefused(check.detail)
    failed = [f"{check.name}: {check.detail}" for check in wrong]
    if failed and override is None:
        raise PreflightFailed(name, failed, worst(check.exit_code for check in wrong))
    connectors.initialized(name, override_reason=override if failed else None, actor=actor)
    return failed


def _instead(status: ConnectorStatus, name: str) -> str:
    if status in (ConnectorStatus.REQUIRED_AUTH, ConnectorStatus.AUTH_ERROR):
        return f"run `ticketlake connector auth {name}` first"
    return f"it is initialised already; run `ticketlake sync --instance {name}`"
