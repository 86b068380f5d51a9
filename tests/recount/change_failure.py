"""Closed changes by month, and the incidents tied to them."""

from typing import Any

import pandas as pd

from tests.recount.cohort import filled
from tests.recount.published import Instance


def change_failure(instance: Instance) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by (period_start, dimension, dimension_value)."""
    changes, links = instance.changes, instance.incident_changes
    closed = changes[
        changes["closed_at"].notna() & changes["is_open"].eq(False) & changes["is_cancelled"].eq(False)
    ].copy()
    closed["month"] = closed["closed_at"].dt.to_period("M")
    closed["failed"] = (
        closed["close_code"].astype(object).fillna("").astype(str).str.strip().str.lower() == "unsuccessful"
    )
    for link in ("caused_by", "suspected"):
        closed[link] = closed["sys_id"].isin(links.loc[links["link"] == link, "change_id"])
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for dimension in ("all", "type", "assignment_group"):
        values = (
            pd.Series("all", index=closed.index)
            if dimension == "all"
            else closed[dimension].where(filled(closed[dimension]), "(none)")
        )
        for (month, value), rows in closed.groupby(["month", values.rename("value")]):
            found[month.start_time.date(), dimension, None if dimension == "all" else value] = {
                "closed_changes": len(rows),
                "failed_changes": rows["failed"].sum(),
                "failed_share": rows["failed"].mean(),
                "changes_with_linked_incident": rows["caused_by"].sum(),
                "changes_with_suspected_incident": rows["suspected"].sum(),
            }
    return found
