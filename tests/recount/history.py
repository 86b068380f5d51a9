"""The history held against the counters that the source keeps itself."""

import pandas as pd

from tests.recount.published import Instance


def assert_history_counts_reassignments(instance: Instance) -> int:
    """Every change of the source's own counter is in the history; returns how many tickets were compared.

    Of tickets opened since the history starts, so that no change of theirs lies before it.
    """
    whole = _whole(instance)
    changes = instance.history[instance.history["field"] == "reassignment_count"]
    counted = changes.groupby("sys_id").size().reindex(whole.index, fill_value=0)
    last = changes.sort_values(["changed_at", "sequence"]).groupby("sys_id")["new_value"].last()
    final = last.reindex(whole.index).fillna("0").astype(int)
    assert (counted == whole).all(), counted[counted != whole].head(3)
    assert (final == whole).all(), final[final != whole].head(3)
    return len(whole)


def assert_moves_reproduce_reassignments(instance: Instance) -> int:
    """Each change from one group to another is a reassignment; returns how many tickets were compared.

    Where a ticket was nobody's in between, sources count in ways of their own: those are left out.
    """
    changes = instance.history[instance.history["field"] == "assignment_group"].sort_values(["changed_at", "sequence"])
    first = ~changes.duplicated("sys_id")
    left_alone = changes[changes["new_value"].isna() | (changes["old_value"].isna() & ~first)]["sys_id"]
    whole = _whole(instance).drop(index=left_alone.unique(), errors="ignore")
    moves = changes[changes["old_value"].notna()].groupby("sys_id").size().reindex(whole.index, fill_value=0)
    assert (moves == whole).all(), moves[moves != whole].head(3)
    return len(whole)


def _whole(instance: Instance) -> pd.Series:
    """`reassignment_count` by sys_id of the tickets whose whole life is in the history."""
    tickets = instance.tickets.set_index("sys_id")
    since = tickets[
        (tickets["opened_at"] >= instance.history_start) & (tickets["created_at"] >= instance.history_start)
    ]
    counts: pd.Series = since["reassignment_count"].fillna(0).astype(int)
    return counts
