"""The ways of tickets between assignment groups, told from their history."""

import math
import statistics
from collections import defaultdict
from itertools import groupby, pairwise
from typing import Any

import pandas as pd

from tests.recount.published import Instance


def reassignment_paths(instance: Instance) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by (from_group, to_group)."""
    taken: dict[tuple[str, str], list[tuple[str, bool, float]]] = defaultdict(list)
    opened = instance.tickets.set_index("sys_id")["opened_at"]
    for sys_id, changes in group_changes(instance).groupby("sys_id"):
        for path, is_return, held in moves(changes, opened[sys_id]):
            taken[path].append((sys_id, is_return, held))
    return {path: _figures(rows) for path, rows in taken.items()}


def group_changes(instance: Instance) -> pd.DataFrame:
    changes = instance.history[instance.history["field"] == "assignment_group"]
    return changes.sort_values(["sys_id", "changed_at", "sequence"])


def moves(changes: pd.DataFrame, opened_at: pd.Timestamp) -> list[tuple[tuple[str, str], bool, float]]:
    """Path, whether the ticket comes back, and minutes held (NaN where the clock tells none), in order."""
    names = {
        side: [
            _name(label, value) for label, value in zip(changes[f"{side}_label"], changes[f"{side}_value"], strict=True)
        ]
        for side in ("old", "new")
    }
    at = list(changes["changed_at"])
    # What the first change took away was held since the ticket was opened.
    spells = [(names["old"][0], opened_at, at[0]), *zip(names["new"], at, [*at[1:], None], strict=True)]
    held = [(name, list(visits)) for name, visits in groupby((s for s in spells if s[0]), key=lambda spell: spell[0])]
    found, former = [], set()
    for (name, visits), (following, _) in pairwise(held):
        former.add(name)
        arrived, departed = visits[0][1], visits[-1][2]
        known = not pd.isna(arrived) and arrived <= departed
        minutes = (departed - arrived).total_seconds() / 60 if known else math.nan
        found.append(((name, following), following in former, minutes))
    return found


def _name(label: Any, value: Any) -> str:
    """A group's name; its sys_id where the group is gone; empty for no group."""
    for text in (label, value):
        if isinstance(text, str) and text.strip():
            return text
    return ""


def _figures(rows: list[tuple[str, bool, float]]) -> dict[str, Any]:
    known = [minutes for _, _, minutes in rows if not math.isnan(minutes)]
    return {
        "moves": len(rows),
        "tickets": len({sys_id for sys_id, _, _ in rows}),
        "ping_pong_tickets": len({sys_id for sys_id, is_return, _ in rows if is_return}),
        "median_minutes_held": statistics.median(known) if known else math.nan,
    }
