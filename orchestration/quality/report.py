"""What a check run found: values without Great Expectations types, safe to log, store and show."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from ingestion.errors import QualityError

Layer = Literal["raw", "public"]
Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class CheckResult:
    """One rule on one table.

    `observed` is a number of rows or a share of them, as `limit` is; the rule holds while
    `observed <= limit`. `sample_keys` are keys of failing rows (`instance/sys_id`), never values.
    """

    table: str
    name: str
    description: str
    severity: Severity
    success: bool
    observed: float
    limit: float
    sample_keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        verdict = "ok" if self.success else f"{self.severity} failure"
        keys = f", such as {', '.join(self.sample_keys)}" if self.sample_keys else ""
        return (
            f"{self.table} {self.name}: {verdict}, {number(self.observed)} (limit {number(self.limit)}): "
            f"{self.description}{keys}"
        )


@dataclass(frozen=True)
class QualityReport:
    """The results of one layer, in the order of its tables.

    `row_counts` are rows by table; `counts` those of the last checks by table and instance, this one
    last, for the next to go by; `checked_loads` the newest load package by table whose rows need not
    be looked at again.
    """

    layer: Layer
    checked_at: datetime
    seconds: float
    results: tuple[CheckResult, ...]
    row_counts: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, Sequence[int]]] = field(default_factory=dict)
    checked_loads: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed_critical(self) -> tuple[CheckResult, ...]:
        """Failures that must stop models or publishing."""
        return tuple(result for result in self.results if not result.success and result.severity == "critical")

    @property
    def failed_warnings(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if not result.success and result.severity == "warning")

    @property
    def summary(self) -> str:
        """One line: how many checks, how many failed."""
        return (
            f"{len(self.results)} checks of the {self.layer} tables: {len(self.failed_critical)} critical failures, "
            f"{len(self.failed_warnings)} warnings"
        )

    def raise_on_critical(self) -> None:
        """Raise QualityError (exit code 4) naming the first critical failures."""
        if failed := self.failed_critical:
            more = f" (and {len(failed) - 3} more)" if len(failed) > 3 else ""
            raise QualityError(f"{self.summary}. {'; '.join(map(str, failed[:3]))}{more}")

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON types."""
        return {
            "layer": self.layer,
            "checked_at": self.checked_at.isoformat(sep=" "),
            "seconds": round(self.seconds, 3),
            "row_counts": dict(self.row_counts),
            "counts": {table: {name: list(kept) for name, kept in each.items()} for table, each in self.counts.items()},
            "checked_loads": dict(self.checked_loads),
            "failed_critical": len(self.failed_critical),
            "failed_warnings": len(self.failed_warnings),
            "results": [{**asdict(result), "sample_keys": list(result.sample_keys)} for result in self.results],
        }


def number(value: float) -> str:
    """A count without decimals, a share or hours with up to four."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0")
