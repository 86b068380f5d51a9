"""What one pass of the job is asked to do; travels to the job as its configuration."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class CycleRequest:
    """`kind` is sync, backfill, reconcile, retention or erase; `actor` who asked: `command`, `schedule`, `demo`
    or `api:` and the id of a token.

    Empty `instances` and `tables` mean all. `window` bounds `sys_updated_on` of a backfill (naive
    UTC, inclusive). A reconciliation compares keys, with `content` every cell; it takes out more than
    a few rows that are gone only where `allow_mass_delete`. `retries` is how often extraction is tried
    again where only transient errors stopped it: the schedule has the time, a person wants to know.
    """

    kind: str = "sync"
    actor: str = "command"
    instances: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    full: bool = False
    window: tuple[datetime, datetime] | None = None
    content: bool = False
    allow_mass_delete: bool = False
    retries: int = 0

    @property
    def asks_nothing(self) -> bool:
        """Whether the source is left alone: the job begins with retention."""
        return self.kind in ("retention", "erase")

    def to_config(self) -> dict[str, Any]:
        """As JSON types."""
        window = [moment.isoformat() for moment in self.window] if self.window else []
        return {**asdict(self), "instances": list(self.instances), "tables": list(self.tables), "window": window}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "CycleRequest":
        low_high = [datetime.fromisoformat(text) for text in config["window"]]
        return cls(
            **{
                **config,
                "instances": tuple(config["instances"]),
                "tables": tuple(config["tables"]),
                "window": (low_high[0], low_high[1]) if low_high else None,
            }
        )
