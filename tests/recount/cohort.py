"""Which tickets count, and the five long tables of resolved tickets."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from tests.recount.published import Instance

DIMENSIONS = {
    "priority": "priority",
    "assignment_group": "assignment_group",
    "service": "service",
    "category": "category",
    "ci": "ci_name",
    "opened_by_kind": "opened_by_kind",
    "contact_type": "contact_type",
}
LENGTHS = {"month": pd.DateOffset(months=1), "week": pd.DateOffset(days=7), "day": pd.DateOffset(days=1)}

Measures = Callable[[Any], dict[str, Any]]


def filled(texts: pd.Series) -> pd.Series:
    """True where a text is more than white space."""
    return texts.astype(object).fillna("").astype(str).str.strip() != ""


def flags(instance: Instance) -> pd.DataFrame:
    """The published tickets with section 6 of the contract applied anew: from states and times, not from flags."""
    tickets = instance.tickets.drop(columns=["is_open", "is_cancelled", "has_bad_clock", "resolve_minutes", "is_noise"])
    resolved, closed, cancelled = (instance.states[name] for name in ("resolved", "closed", "cancelled"))
    tickets["is_open"] = ~tickets["state"].isin(resolved | closed | cancelled)
    tickets["is_cancelled"] = tickets["state"].isin(cancelled)
    opened, ended = tickets["opened_at"], tickets["resolved_at"]
    late = instance.now + pd.Timedelta(days=1)
    tickets["has_bad_clock"] = opened.isna() | (ended < opened) | (opened > late) | (ended > late)
    minutes = (ended - opened).dt.total_seconds() / 60
    tickets["resolve_minutes"] = minutes.where(minutes >= 0)
    has_code = filled(tickets["close_code"])
    codes = tickets["close_code"].astype(object).fillna("").astype(str).str.strip()
    labels = tickets["close_code"].map(instance.close_codes).astype(object).fillna("").astype(str).str.strip()
    noisy = codes.str.lower().isin(instance.noise_codes) | labels.str.lower().isin(instance.noise_codes)
    is_done = ~tickets["is_open"] & ~tickets["is_cancelled"]
    tickets["noise_by_code"] = is_done & has_code & noisy
    tickets["noise_untouched"] = is_done & ~has_code & ~filled(tickets["assigned_to_id"])
    noise = tickets["noise_by_code"] | tickets["noise_untouched"]
    tickets["is_noise"] = noise.astype(object).where(is_done, None)
    tickets["is_child"] = filled(tickets["parent_incident_id"])
    for dimension, column in DIMENSIONS.items():
        tickets[f"by_{dimension}"] = _texts(tickets[column])
    tickets["by_all"] = "all"
    return tickets


def _texts(values: pd.Series) -> pd.Series:
    """A dimension's values as text, `(none)` where missing."""
    if pd.api.types.is_numeric_dtype(values):
        return values.map(lambda code: "(none)" if pd.isna(code) else str(int(code)))
    return values.where(filled(values), "(none)")


def resolved(instance: Instance) -> pd.DataFrame:
    tickets = flags(instance)
    counts = ~tickets["is_cancelled"] & ~tickets["is_open"] & tickets["resolved_at"].notna() & ~tickets["has_bad_clock"]
    return tickets[counts].copy()


def excluded(instance: Instance) -> dict[tuple[Any, ...], dict[str, Any]]:
    tickets = flags(instance)
    reasons = pd.Series("resolved", index=tickets.index)
    # The first that applies: the last one set here.
    for reason, holds in (
        ("bad_clock", tickets["has_bad_clock"]),
        ("not_resolved", tickets["resolved_at"].isna()),
        ("open", tickets["is_open"]),
        ("cancelled", tickets["is_cancelled"]),
    ):
        reasons[holds] = reason
    counts = reasons[reasons != "resolved"].value_counts()
    return {(reason,): {"ticket_count": count} for reason, count in counts.items()}


def _starts(moments: pd.Series, grain: str) -> pd.Series:
    day = moments.dt.normalize()
    if grain == "month":
        return day - pd.to_timedelta(day.dt.day - 1, unit="D")
    if grain == "week":
        return day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    return day


def long_table(instance: Instance, measures: Measures) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of a long table by (grain, period_start, dimension, dimension_value)."""
    tickets = resolved(instance)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for grain in ("all", *LENGTHS):
        tickets["start"] = pd.Timestamp(0) if grain == "all" else _starts(tickets["resolved_at"], grain)
        for dimension in ("all", *DIMENSIONS):
            groups: Any = tickets.groupby(["start", f"by_{dimension}"])
            figures = pd.DataFrame({"resolved_count": groups.size(), **measures(groups)})
            for (start, value), line in zip(figures.index, figures.to_dict("records"), strict=True):
                key = (
                    grain,
                    None if grain == "all" else start.date(),
                    dimension,
                    None if dimension == "all" else value,
                )
                found[key] = {**line, "is_partial": grain != "all" and _is_partial(instance, start, grain)}
    return found


def _is_partial(instance: Instance, start: pd.Timestamp, grain: str) -> bool:
    first = max(instance.history_start, instance.retention_start)
    return bool(start < first or start + LENGTHS[grain] > instance.now)


def _count(groups: Any, of: Callable[[pd.DataFrame], pd.Series]) -> pd.Series:
    """How many rows of each group meet a condition on the frame."""
    holds = of(groups.obj).astype(int)
    counts: pd.Series = holds.groupby([groups.obj[key] for key in groups.keys]).sum()
    return counts


def mttr(instance: Instance) -> dict[tuple[Any, ...], dict[str, Any]]:
    def measures(groups: Any) -> dict[str, Any]:
        minutes = groups["resolve_minutes"]
        own = groups.obj["resolve_minutes"].where(~groups.obj["is_child"])
        return {
            "mttr_minutes": minutes.mean(),
            "median_minutes": minutes.median(),
            "p90_minutes": minutes.quantile(0.9),
            "business_mttr_minutes": groups["business_minutes"].mean(),
            "child_count": _count(groups, lambda rows: rows["is_child"]),
            "mttr_without_children_minutes": own.groupby([groups.obj[key] for key in groups.keys]).mean(),
        }

    return long_table(instance, measures)


def reassignment(instance: Instance) -> dict[tuple[Any, ...], dict[str, Any]]:
    def measures(groups: Any) -> dict[str, Any]:
        moves = groups["reassignment_count"]
        return {
            "mean_reassignments": moves.mean(),
            "p90_reassignments": moves.quantile(0.9),
            "zero_share": _count(groups, lambda rows: rows["reassignment_count"] == 0) / groups.size(),
            "three_plus_share": _count(groups, lambda rows: rows["reassignment_count"] >= 3) / groups.size(),
        }

    return long_table(instance, measures)


def noise(instance: Instance) -> dict[tuple[Any, ...], dict[str, Any]]:
    def measures(groups: Any) -> dict[str, Any]:
        by_code = _count(groups, lambda rows: rows["noise_by_code"])
        untouched = _count(groups, lambda rows: rows["noise_untouched"])
        return {
            "noise_count": by_code + untouched,
            "noise_share": (by_code + untouched) / groups.size(),
            "noise_by_code_count": by_code,
            "noise_untouched_count": untouched,
        }

    return long_table(instance, measures)


def reopen(instance: Instance) -> dict[tuple[Any, ...], dict[str, Any]]:
    def measures(groups: Any) -> dict[str, Any]:
        reopened = _count(groups, lambda rows: rows["reopen_count"] > 0)
        return {"reopened_count": reopened, "reopen_rate": reopened / groups.size()}

    return long_table(instance, measures)


def sla(instance: Instance) -> dict[tuple[Any, ...], dict[str, Any]]:
    slas = instance.task_slas
    counted = slas[
        slas["has_breached"].notna()
        & ~slas["stage"].astype(object).fillna("").astype(str).str.lower().isin(["cancelled", "canceled"])
    ]
    there = counted.groupby("ticket_id").size()
    met = counted[counted["has_breached"].eq(False)].groupby("ticket_id").size()

    def measures(groups: Any) -> dict[str, Any]:
        keys = [groups.obj[key] for key in groups.keys]
        made = _count(groups, lambda rows: rows["made_sla"].eq(True))
        count = groups.obj["sys_id"].map(there).fillna(0).groupby(keys).sum()
        met_count = groups.obj["sys_id"].map(met).fillna(0).groupby(keys).sum()
        return {
            "made_sla_count": made,
            "made_sla_share": made / groups.size(),
            "task_sla_count": count,
            "task_sla_met_share": met_count / count.where(count > 0),
        }

    return long_table(instance, measures)
