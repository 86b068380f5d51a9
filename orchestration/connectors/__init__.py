"""Connectors and settings brought together: who is known, who may be asked, and how one begins and ends."""

from orchestration.connectors.targets import (
    has_credentials,
    register_configured,
    sync_targets,
    targets_of,
    with_registered,
)

__all__ = ["has_credentials", "register_configured", "sync_targets", "targets_of", "with_registered"]
