"""What a pipeline must find: the headline figures, reckoned in plain Python from the rows of the instance.

Definitions: contract, section 6, with the default settings of section 3. Nothing here is shared with
the pipeline, so that an error in one does not excuse the other.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

from ingestion.instance.scope import ENDED_STATES, Window, incidents_in_scope
from ingestion.instance.store import Row, Store
from ingestion.instance.timestamps import epoch_seconds, seconds_of, stamp

_CANCELLED = "8"
_NOISE_CODES = frozenset(
    {
        "not solved (not reproducible)", "not solved (too costly)", "closed/resolved by caller", "resolved by caller",
        "no resolution provided", "duplicate",
    }
)  # fmt: skip
#: Why a ticket is not one of the resolved ones, in the order in which the reasons are tried.
EXCLUSIONS = ("cancelled", "open", "not_resolved", "bad_clock")


def figures(store: Store, *, first_sync: datetime, now: datetime, ever: Iterable[str]) -> dict[str, Any]:
    """All figures for `now`. `ever` are the sys_ids of all incidents that ever were, deleted ones included."""
    window = Window.of(first_sync, now)
    resolved: list[Row] = []
    excluded: Counter[str] = Counter(dict.fromkeys(EXCLUSIONS, 0))
    latest = stamp(epoch_seconds(now + timedelta(days=1)))
    for row in incidents_in_scope(store, window):
        reason = _exclusion(row, latest)
        if reason:
            excluded[reason] += 1
        else:
            resolved.append(row)
    return {
        "now": stamp(epoch_seconds(now)),
        "history_start_at": window.history_start,
        "retention_start_at": window.retention_start,
        "live_incidents": len(resolved) + excluded.total(),
        "resolved_count": len(resolved),
        "excluded": dict(excluded),
        "mttr": _mttr(resolved),
        "reassignment": _reassignment(resolved),
        "noise": _noise(resolved),
        "reopened_count": sum(int(row["reopen_count"] or 0) > 0 for row in resolved),
        "made_sla_count": sum(row["made_sla"] == "true" for row in resolved),
        "deleted": _deleted(store, ever),
    }


def _exclusion(row: Row, latest: str) -> str:
    """The first reason that keeps an incident out of the cohort; '' = it is in."""
    if row["state"] == _CANCELLED:
        return "cancelled"
    if row["state"] not in ENDED_STATES:
        return "open"
    opened, resolved = row["opened_at"], row["resolved_at"]
    if not resolved:
        return "not_resolved"
    return "bad_clock" if not opened or resolved < opened or max(opened, resolved) > latest else ""


def _mttr(resolved: Sequence[Row]) -> dict[str, float | None]:
    minutes = sorted((seconds_of(row["resolved_at"]) - seconds_of(row["opened_at"])) / 60 for row in resolved)
    business = [int(row["business_stc"]) / 60 for row in resolved if row["business_stc"]]
    return {
        "mean_minutes": _mean(minutes),
        "median_minutes": quantile(minutes, 0.5),
        "p90_minutes": quantile(minutes, 0.9),
        "business_mean_minutes": _mean(business),
    }


def _reassignment(resolved: Sequence[Row]) -> dict[str, float | None]:
    counts = sorted(int(row["reassignment_count"]) for row in resolved if row["reassignment_count"])
    return {
        "mean": _mean(counts),
        "p90": quantile(counts, 0.9),
        "zero_share": _mean([float(count == 0) for count in counts]),
        "three_plus_share": _mean([float(count >= 3) for count in counts]),
    }


def _noise(resolved: Sequence[Row]) -> dict[str, int]:
    by_code = sum(row["close_code"].lower() in _NOISE_CODES for row in resolved)
    untouched = sum(not row["close_code"] and not row["assigned_to"] for row in resolved)
    return {"count": by_code + untouched, "by_code": by_code, "untouched": untouched}


def _deleted(store: Store, ever: Iterable[str]) -> dict[str, list[str]]:
    """Incidents that are gone, by whether a tombstone tells of them."""
    live = {row["sys_id"] for row in store.rows("incident")}
    told = {row["documentkey"] for row in store.rows("sys_audit_delete") if row["tablename"] == "incident"}
    audited = told - live
    return {"audited": sorted(audited), "unaudited": sorted(set(ever) - live - audited)}


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def quantile(values: Sequence[float], share: float) -> float | None:
    """Linear interpolation between the neighbours of the place; `values` sorted. None of nothing."""
    if not values:
        return None
    place = (len(values) - 1) * share
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)
