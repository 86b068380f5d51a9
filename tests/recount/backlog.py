"""The backlog of every day."""

from typing import Any

import pandas as pd

from tests.recount.cohort import DIMENSIONS, flags
from tests.recount.published import Instance


def backlog(instance: Instance) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by (as_of, dimension, dimension_value)."""
    tickets = _with_ends(instance)
    if tickets.empty:
        return {}
    first = max(instance.history_start, tickets["opened_at"].min()).normalize()
    days = pd.date_range(first, instance.now.normalize())
    rows = pd.concat([_on(tickets, day, instance.now) for day in days])
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for dimension in ("all", *DIMENSIONS):
        groups = rows.groupby(["as_of", f"by_{dimension}"])
        figures = groups[["open_count", "not_closed_count", "opened_count", "ended_count"]].sum()
        figures["median_age_days"] = groups["age"].median()
        figures["older_than_30_days"] = groups["is_old"].sum()
        for (day, value), line in zip(figures.index, figures.to_dict("records"), strict=True):
            found[day.date(), dimension, None if dimension == "all" else value] = line
    return found


def _with_ends(instance: Instance) -> pd.DataFrame:
    tickets = flags(instance)
    tickets = tickets[tickets["opened_at"].notna()].copy()
    ended = tickets["resolved_at"].fillna(tickets["closed_at"]).fillna(tickets["updated_at"])
    for name, moment in (("end_at", ended), ("closed_end_at", tickets["closed_at"])):
        latest = moment.where(moment.isna() | (moment > tickets["opened_at"]), tickets["opened_at"])
        tickets[name] = latest.mask(tickets["is_open"])
    return tickets


def _on(tickets: pd.DataFrame, day: pd.Timestamp, now: pd.Timestamp) -> pd.DataFrame:
    """The tickets that count on a day, and as what."""
    midnight = day + pd.Timedelta(days=1)
    there = tickets["opened_at"] < midnight
    counts = pd.DataFrame(
        {
            "open_count": there & ~(tickets["end_at"] < midnight),
            "not_closed_count": there & ~(tickets["closed_end_at"] < midnight),
            "opened_count": tickets["opened_at"].dt.normalize() == day,
            "ended_count": tickets["end_at"].dt.normalize() == day,
        }
    )
    counts = counts[counts.any(axis=1)]
    rows = tickets.loc[counts.index, [f"by_{name}" for name in ("all", *DIMENSIONS)]].join(counts.astype(int))
    age = (min(midnight, now) - tickets.loc[counts.index, "opened_at"]).dt.total_seconds() / 86400
    rows["age"] = age.where(counts["open_count"])
    rows["as_of"] = day
    rows["is_old"] = (rows["age"] > 30).astype(int)
    return rows
