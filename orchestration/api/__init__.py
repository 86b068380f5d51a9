"""The connector API: HTTP over the same state and the same commands as the command line."""

from orchestration.api.application import create_app

__all__ = ["create_app"]
