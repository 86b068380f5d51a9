"""The replay of an incident event log as the world of an embedded instance."""

from ingestion.instance.replay.world import Replay

__all__ = ["Replay"]
