"""`state.sqlite`: what must be readable while a run is under way.

Connectors and their transitions, cycles and runs, publications, configurations, the audit log.
Publishing copies it into `meta`.
"""

from orchestration.state.audit_log import AuditLog
from orchestration.state.connectors import Connector, Connectors
from orchestration.state.database import StateDatabase, check_state, utc_now
from orchestration.state.publications import Publication, Publications
from orchestration.state.recovery import recover
from orchestration.state.runs import Cycle, Run, Runs
from orchestration.state.transitions import ConnectorStatus, ForbiddenTransition

__all__ = [
    "AuditLog",
    "Connector",
    "ConnectorStatus",
    "Connectors",
    "Cycle",
    "ForbiddenTransition",
    "Publication",
    "Publications",
    "Run",
    "Runs",
    "StateDatabase",
    "check_state",
    "recover",
    "utc_now",
]
