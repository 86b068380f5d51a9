"""Tickets that come back: groups of titles that are alike."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from dashboard.filters import Filters
from dashboard.snapshot import Snapshot


def recurring(
    snapshot: Snapshot, filters: Filters, *, order: Literal["count", "effort"] = "count", limit: int = 50
) -> pd.DataFrame:
    """Groups of at least 3 tickets: `rank` (by `order`), `recurring_key`, `title` (the template), `example_number`,
    `ticket_count`, `first_opened_at`, `last_opened_at`, `active_days`, `ci_count`, `group_count`,
    `median_resolve_minutes`, `total_resolve_minutes`, `noise_share`. A period filters by the opening time."""
    raise NotImplementedError


def recurring_weeks(snapshot: Snapshot, filters: Filters, keys: Sequence[str]) -> pd.DataFrame:
    """Tickets by week of opening for sparklines: `recurring_key`, `period_start`, `ticket_count`; all keys have the
    same weeks, zeros too."""
    raise NotImplementedError


def recurring_tickets(snapshot: Snapshot, filters: Filters, key: str, *, limit: int = 200) -> pd.DataFrame:
    """The tickets of one group, the newest first: `instance`, `sys_id`, `number`, `short_description`, `state_label`,
    `priority_label`, `assignment_group`, `ci_name`, `service`, `opened_at`, `resolved_at`, `resolve_minutes`,
    `close_code`, `is_noise`, `close_notes`."""
    raise NotImplementedError


def recurring_spread(snapshot: Snapshot, filters: Filters, key: str) -> pd.DataFrame:
    """Where the tickets of one group are: `dimension` (`ci`, `assignment_group`, `service`), `dimension_value`,
    `ticket_count`; descending within each."""
    raise NotImplementedError
