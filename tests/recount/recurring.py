"""Titles that recur."""

import math
from typing import Any

import pandas as pd

from tests.recount.cohort import flags
from tests.recount.published import Instance


def top_recurring_tickets(instance: Instance) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by (recurring_key). The title of a group is not recounted: tests of titles say what it must be."""
    tickets = flags(instance)
    tickets = tickets[~tickets["is_cancelled"] & tickets["recurring_key"].notna()]
    found = {key: _figures(rows) for key, rows in tickets.groupby("recurring_key") if len(rows) >= 3}
    order = sorted(found, key=lambda key: (-found[key]["ticket_count"], -found[key]["total_resolve_minutes"], key))
    return {(key,): {"rank": place, **found[key]} for place, key in enumerate(order, start=1)}


def _figures(rows: pd.DataFrame) -> dict[str, Any]:
    minutes = rows.loc[~rows["has_bad_clock"], "resolve_minutes"].dropna()
    judged = rows["is_noise"].dropna()
    latest = rows.sort_values("sys_id").sort_values("opened_at", ascending=False, kind="stable", na_position="last")
    return {
        "example_number": latest["number"].iloc[0],
        "ticket_count": len(rows),
        "first_opened_at": rows["opened_at"].min(),
        "last_opened_at": rows["opened_at"].max(),
        "active_days": rows["opened_at"].dt.normalize().nunique(),
        "ci_count": rows["ci_id"].nunique(),
        "group_count": rows["assignment_group_id"].nunique(),
        "median_resolve_minutes": minutes.median(),
        # Seconds are whole, so their sum has no rounding that ranks could differ by.
        "total_resolve_minutes": int((minutes * 60).round().sum()) / 60,
        "noise_share": judged.astype(float).mean() if len(judged) else math.nan,
    }
