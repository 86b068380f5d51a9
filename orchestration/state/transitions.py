"""The seven states of a connector and the moves between them (contract, section 7)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from ingestion.errors import TicketlakeError


class ConnectorStatus(StrEnum):
    """Where a connector is in its life; the value is what `meta.connectors.status` shows."""

    REQUIRED_AUTH = "required_auth"
    AUTH_ERROR = "auth_error"
    PENDING_INITIALIZATION = "pending_initialization"
    INITIAL_SYNC = "initial_sync"
    ACTIVE = "active"
    RUNNING = "running"
    SYNC_ERROR = "sync_error"


_S = ConnectorStatus

#: From each state, the states that may follow. An attempt is `initial_sync` until a first load has
#: ended, `running` afterwards; refused credentials lead to `auth_error` from everywhere. Accepted ones lead
#: from there back to where the connector stood: before its first load, or active.
TRANSITIONS: Mapping[ConnectorStatus, frozenset[ConnectorStatus]] = MappingProxyType(
    {
        _S.REQUIRED_AUTH: frozenset({_S.PENDING_INITIALIZATION, _S.AUTH_ERROR}),
        _S.AUTH_ERROR: frozenset({_S.PENDING_INITIALIZATION, _S.INITIAL_SYNC, _S.ACTIVE, _S.RUNNING}),
        _S.PENDING_INITIALIZATION: frozenset({_S.INITIAL_SYNC, _S.AUTH_ERROR}),
        _S.INITIAL_SYNC: frozenset({_S.ACTIVE, _S.SYNC_ERROR, _S.AUTH_ERROR}),
        _S.ACTIVE: frozenset({_S.RUNNING, _S.AUTH_ERROR}),
        _S.RUNNING: frozenset({_S.ACTIVE, _S.SYNC_ERROR, _S.AUTH_ERROR}),
        _S.SYNC_ERROR: frozenset({_S.INITIAL_SYNC, _S.RUNNING, _S.AUTH_ERROR}),
    }
)

#: An attempt is under way; a process that holds the data directory is behind it.
ATTEMPTING = frozenset({_S.INITIAL_SYNC, _S.RUNNING})
#: The schedule will come back to these: `rescheduled_for` is set in them alone.
SCHEDULED = frozenset({_S.ACTIVE, _S.RUNNING, _S.SYNC_ERROR})


class ForbiddenTransition(TicketlakeError):
    """A connector was to move to a state that does not follow from its own."""

    def __init__(self, name: str, current: ConnectorStatus, to: ConnectorStatus) -> None:
        allowed = ", ".join(sorted(TRANSITIONS[current]))
        super().__init__(f"connector {name!r} is {current} and cannot become {to} (next: {allowed})")


def check_transition(name: str, current: ConnectorStatus, to: ConnectorStatus) -> None:
    """Raise ForbiddenTransition where `to` does not follow `current`."""
    if to not in TRANSITIONS[current]:
        raise ForbiddenTransition(name, current, to)
