"""Figures of resolved tickets, tickets left out of them, and volume."""

import pandas as pd

from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

GRAINS = ("all", "month", "week", "day")


def resolved(snapshot: Snapshot, filters: Filters, *, by: str | None = None, grain: str = "all") -> pd.DataFrame:
    """Every figure of the resolved tickets, a row per period and value of the dimension `by`.

    Columns: `period_start` (datetime64, NaT for grain `all`), `dimension_value` and its `label` (None without `by`),
    `is_partial` (the history, now or the filter cuts the period), `resolved_count`; `mttr_minutes`, `median_minutes`,
    `p90_minutes`, `business_mttr_minutes`, `child_count`, `mttr_without_children_minutes`; `mean_reassignments`,
    `p90_reassignments`, `zero_share`, `three_plus_share`; `noise_count`, `noise_share`, `noise_by_code_count`,
    `noise_untouched_count`; `reopened_count`, `reopen_rate`; `made_sla_count`, `made_sla_share`, `task_sla_count`,
    `task_sla_met_share`. In the order of periods, then `resolved_count` descending. Only periods and values with
    resolved tickets. Raises ValueError for an unknown grain or dimension.
    """
    raise NotImplementedError


def excluded(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Tickets in no figure of resolved tickets: `reason` (see `definitions.EXCLUDED`), `ticket_count`.

    A period filters by the opening time, as most of them have no other.
    """
    raise NotImplementedError


def volume(snapshot: Snapshot, filters: Filters, *, grain: str = "week") -> pd.DataFrame:
    """Tickets opened and resolved: `period_start`, `is_partial`, `opened_count`, `resolved_count`; every period between
    the first and the last of the history or the filter, zeros too."""
    raise NotImplementedError
