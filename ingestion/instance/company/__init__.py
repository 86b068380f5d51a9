"""A generated company as the world of an embedded instance."""

from ingestion.instance.company.world import Company

__all__ = ["Company"]
