"""The ways of tickets between assignment groups."""

import pandas as pd

from dashboard.filters import Filters
from dashboard.snapshot import Snapshot


def routes(snapshot: Snapshot, filters: Filters, *, limit: int = 50) -> pd.DataFrame:
    """Moves from group to group: `from_group`, `to_group`, `moves`, `tickets`, `ping_pong_tickets`,
    `median_minutes_held` (by `from_group` before the move); `moves` descending. A period filters by the time of the
    move, groups by the group that the ticket has now."""
    raise NotImplementedError


def ping_pong(snapshot: Snapshot, filters: Filters, *, limit: int = 100) -> pd.DataFrame:
    """Tickets that came back to a group that had held them, most returns first: `instance`, `sys_id`, `number`,
    `short_description`, `priority_label`, `assignment_group`, `moves`, `returns`, `path` (`A → B → A`),
    `resolve_minutes`."""
    raise NotImplementedError


def time_held(snapshot: Snapshot, filters: Filters, *, limit: int = 50) -> pd.DataFrame:
    """How long groups hold tickets before they pass them on: `from_group`, `moves`, `tickets`, `median_minutes_held`,
    `p90_minutes_held`, `total_minutes_held`; total descending."""
    raise NotImplementedError
