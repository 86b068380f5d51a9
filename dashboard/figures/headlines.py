"""The headline figures, and how they were a period before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dashboard.filters import Filters
from dashboard.snapshot import Snapshot


@dataclass(frozen=True)
class Figure:
    """One figure; None where it cannot be known. `n` is how many tickets it is of.

    `value` is that of the filters. `after` and `before` are those of the two periods compared: the filters' own period
    and the one of equal length before it; where no period is chosen the last whole month and the one before that.
    """

    value: float | None
    n: int
    after: float | None
    n_after: int
    before: float | None
    n_before: int


@dataclass(frozen=True)
class Headline:
    """Figures by their name in `definitions.DEFINITIONS`, and the days of the two periods (ends exclusive), None where
    the history has no two such periods."""

    figures: Mapping[str, Figure]
    after: tuple[date, date] | None
    before: tuple[date, date] | None


def headline(snapshot: Snapshot, filters: Filters) -> Headline:
    """`resolved_count`, `opened_count`, `mttr_minutes`, `median_minutes`, `p90_minutes`, `business_mttr_minutes`,
    `mean_reassignments`, `zero_share`, `three_plus_share`, `noise_share`, `reopen_rate`, `made_sla_share`; and of the
    last day of the period `open_count`, `median_age_days`, `older_than_30_days` (n: the open tickets)."""
    raise NotImplementedError
