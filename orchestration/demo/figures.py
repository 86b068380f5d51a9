"""The headline figures as the published file gives them, beside those of the instance itself."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

_ALL = "where instance = ? and grain = 'all' and dimension = 'all'"
_HEADLINES = {
    "metrics.mttr": ("resolved_count", "mttr_minutes", "median_minutes", "p90_minutes"),
    "metrics.reassignment": ("mean_reassignments", "p90_reassignments", "zero_share", "three_plus_share"),
}


@dataclass(frozen=True)
class Figure:
    """One number, published and true, in `unit` (minutes, tickets, share)."""

    label: str
    published: float | None
    true: float | None
    unit: str = ""

    @property
    def agrees(self) -> bool:
        """Equal but for the rounding of floating-point sums."""
        if self.published is None or self.true is None:
            return self.published is self.true
        return math.isclose(self.published, self.true, rel_tol=1e-9, abs_tol=1e-9)


@dataclass(frozen=True)
class RecurringTitle:
    """A line of `metrics.top_recurring_tickets`."""

    rank: int
    title: str
    ticket_count: int
    total_resolve_minutes: float | None


def compare(path: Path, instance: str, truth: Mapping[str, Any]) -> list[Figure]:
    """Read the figures from the published file and hold them against `/_control/truth`."""
    with duckdb.connect(str(path), read_only=True) as connection:
        live = connection.execute("select count(*) from sdm.itsm where instance = ?", [instance]).fetchall()[0][0]
        headlines = [
            connection.execute(f"select {', '.join(columns)} from {table} {_ALL}", [instance]).fetchall()
            for table, columns in _HEADLINES.items()
        ]
        excluded = dict(
            connection.execute(
                "select reason, ticket_count from metrics.excluded where instance = ?", [instance]
            ).fetchall()
        )
    # Without a resolved ticket there is no row.
    (resolved, mttr, median, p90), (mean, p90_moves, zero, three) = (
        rows[0] if rows else (None,) * 4 for rows in headlines
    )
    times, moves = truth["mttr"], truth["reassignment"]
    return [
        Figure("live tickets", live, truth["live_incidents"]),
        Figure("resolved tickets", resolved or 0, truth["resolved_count"]),
        Figure("MTTR, mean", mttr, times["mean_minutes"], "min"),
        Figure("MTTR, median", median, times["median_minutes"], "min"),
        Figure("MTTR, 90th percentile", p90, times["p90_minutes"], "min"),
        Figure("reassignments, mean", mean, moves["mean"]),
        Figure("reassignments, 90th percentile", p90_moves, moves["p90"]),
        Figure("never reassigned", zero, moves["zero_share"], "share"),
        Figure("reassigned three times or more", three, moves["three_plus_share"], "share"),
        *(
            Figure(f"left out: {reason.replace('_', ' ')}", excluded.get(reason, 0), count)
            for reason, count in truth["excluded"].items()
        ),
    ]


def top_recurring(path: Path, instance: str, limit: int = 5) -> list[RecurringTitle]:
    """The most frequent titles."""
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            'select "rank", title, ticket_count, total_resolve_minutes from metrics.top_recurring_tickets'
            ' where instance = ? order by "rank" limit ?',
            [instance, limit],
        ).fetchall()
    return [RecurringTitle(*row) for row in rows]


def deletes_found(path: Path, instance: str, sys_ids: list[str]) -> dict[str, int]:
    """How many of these incidents are known to be deleted, by how it came to be known (`audit`, `key_sweep`)."""
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "select known_by, count(*) from meta.deleted_records"
            " where instance = ? and table_name = 'incident' and list_contains(?, sys_id) group by known_by",
            [instance, sys_ids],
        ).fetchall()
    return {"audit": 0, "key_sweep": 0, **dict(found)}
