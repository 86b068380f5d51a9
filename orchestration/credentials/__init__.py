"""Credentials of connectors, encrypted at rest: where the key comes from, how rows are sealed, who may have them."""

from orchestration.credentials.vault import Vault

__all__ = ["Vault"]
