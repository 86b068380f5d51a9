"""What was open on a day, how old it was, and what is open now."""

import pandas as pd

from dashboard.filters import Filters
from dashboard.snapshot import Snapshot


def backlog(snapshot: Snapshot, filters: Filters, *, by: str | None = None) -> pd.DataFrame:
    """The backlog at the end of every day: `as_of` (datetime64), `dimension_value`, `label` (None without `by`),
    `open_count`, `not_closed_count`, `opened_count`, `ended_count`, `median_age_days`, `older_than_30_days`. A day and
    value with no ticket in any count has no row."""
    raise NotImplementedError


def ageing(snapshot: Snapshot, filters: Filters, *, by: str | None = None) -> pd.DataFrame:
    """Tickets open at the end of the last day by age: `bucket` (text, in order), `from_days`, `to_days` (exclusive, NaN
    for the last), `open_count`, and with `by` also `dimension_value`, `label`. All buckets are there without `by`."""
    raise NotImplementedError


def open_tickets(snapshot: Snapshot, filters: Filters, *, limit: int = 500) -> pd.DataFrame:
    """Open tickets, the oldest first: `instance`, `sys_id`, `number`, `short_description`, `priority`,
    `priority_label`, `assignment_group`, `assigned_to_name`, `service`, `state_label`, `opened_at`, `age_days`,
    `reassignment_count`. A period filters by the opening time."""
    raise NotImplementedError
