"""The metrics of random tickets, counted once more in pandas straight from the raw rows."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.transform import random_landscape, random_tickets
from tests.transform.hand_made import HISTORY_START, NOW, RETENTION_START
from tests.transform.recount import LANDSCAPE_NAMES, resolved_ci
from tests.transform.warehouse import query

DIMENSIONS = ("all", "priority", "assignment_group", "category", "contact_type", "opened_by_kind", "service", "ci")
#: Grains with the dimensions that are counted again; days are many.
GRAINS = {"all": DIMENSIONS, "month": DIMENSIONS, "week": ("all", "priority"), "day": ("all",)}


@pytest.fixture(scope="module")
def tickets() -> pd.DataFrame:
    """Every ticket with the flags of the contract, section 6."""
    frame = pd.DataFrame(random_tickets.incidents())
    for column in ("opened_at", "resolved_at", "closed_at", "sys_updated_on"):
        frame[column] = pd.to_datetime(frame[column])
    frame["is_cancelled"] = frame["state"] == 8
    frame["is_open"] = ~frame["state"].isin([6, 7, 17, 8])
    ahead = pd.Timestamp(NOW) + pd.Timedelta(days=1)
    frame["has_bad_clock"] = (
        frame["opened_at"].isna()
        | (frame["resolved_at"] < frame["opened_at"])
        | (frame["opened_at"] > ahead)
        | (frame["resolved_at"] > ahead)
    )
    minutes = (frame["resolved_at"] - frame["opened_at"]).dt.total_seconds() / 60
    frame["resolve_minutes"] = minutes.where(minutes >= 0)
    noisy = frame["close_code"].fillna("").str.lower().isin([code.lower() for code in random_tickets.NOISE_CODES])
    frame["by_code"] = noisy
    frame["untouched"] = frame["close_code"].isna() & frame["assigned_to"].isna()
    names = frame["assignment_group"].map(random_tickets.GROUPS)
    frame["all"] = "all"
    frame["assignment_group"] = names.where(names.fillna("").str.strip() != "", "(none)")
    frame["priority"] = frame["priority"].map(lambda code: "(none)" if pd.isna(code) else str(int(code)))
    frame["category"] = frame["category"].map(lambda code: code if isinstance(code, str) and code.strip() else "(none)")
    frame["contact_type"] = frame["contact_type"].fillna("(none)")
    frame["opened_by_kind"] = "unknown"
    frame["service"] = frame["business_service"].map(random_landscape.SERVICES).fillna("(none)")
    items = [LANDSCAPE_NAMES.get(resolved_ci(ticket)[0] or "") for ticket in random_tickets.incidents()]
    frame["ci"] = pd.Series(items, index=frame.index).fillna("(none)")
    return frame


@pytest.fixture(scope="module")
def resolved(tickets: pd.DataFrame) -> pd.DataFrame:
    good = ~tickets["is_cancelled"] & ~tickets["is_open"] & tickets["resolved_at"].notna() & ~tickets["has_bad_clock"]
    return tickets[good]


def period_starts(resolved: pd.DataFrame, grain: str) -> pd.Series:
    day = resolved["resolved_at"].dt.normalize()
    if grain == "month":
        return day - pd.to_timedelta(day.dt.day - 1, unit="D")
    if grain == "week":
        return day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    return day


def is_partial(start: Any, grain: str) -> bool:
    length = {"month": pd.DateOffset(months=1), "week": pd.DateOffset(days=7), "day": pd.DateOffset(days=1)}[grain]
    return bool(start < max(HISTORY_START, RETENTION_START) or start + length > NOW)


def measures(group: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The figures of one period and dimension value by the table that shows them."""
    minutes, moves = group["resolve_minutes"], group["reassignment_count"]
    return {
        "mttr": {
            "mttr_minutes": minutes.mean(),
            "median_minutes": minutes.median(),
            "p90_minutes": minutes.quantile(0.9),
            "child_count": group["parent_incident"].notna().sum(),
            "mttr_without_children_minutes": minutes[group["parent_incident"].isna()].mean(),
        },
        "reassignment": {
            "mean_reassignments": moves.mean(),
            "p90_reassignments": moves.quantile(0.9),
            "zero_share": (moves == 0).mean(),
            "three_plus_share": (moves >= 3).mean(),
        },
        "noise": {
            "noise_count": (group["by_code"] | group["untouched"]).sum(),
            "noise_share": (group["by_code"] | group["untouched"]).mean(),
            "noise_by_code_count": group["by_code"].sum(),
            "noise_untouched_count": group["untouched"].sum(),
        },
        "reopen": {
            "reopened_count": (group["reopen_count"] > 0).sum(),
            "reopen_rate": (group["reopen_count"] > 0).mean(),
        },
        "sla": {
            "made_sla_count": group["made_sla"].eq(True).sum(),
            "made_sla_share": group["made_sla"].eq(True).mean(),
        },
    }


@pytest.mark.parametrize("grain", GRAINS)
def test_the_long_tables(small_warehouse: Path, resolved: pd.DataFrame, grain: str) -> None:
    for dimension in GRAINS[grain]:
        starts = period_starts(resolved, grain) if grain != "all" else pd.Series("all", index=resolved.index)
        groups: Any = resolved.groupby([starts, resolved[dimension]])
        expected: dict[tuple[Any, ...], dict[str, dict[str, Any]]] = {
            (
                None if grain == "all" else start.date(),
                None if dimension == "all" else value,
                grain != "all" and is_partial(start, grain),
                len(group),
            ): measures(group)
            for (start, value), group in groups
        }
        some = next(iter(expected.values()))
        for table, columns in some.items():
            rows = query(
                small_warehouse,
                f"SELECT period_start, dimension_value, is_partial, resolved_count, {', '.join(columns)}"
                f" FROM metrics.{table} WHERE instance = 'mixed' AND grain = '{grain}' AND dimension = '{dimension}'",
            )
            found = {row[:4]: dict(zip(columns, row[4:], strict=True)) for row in rows}
            assert found.keys() == expected.keys()
            for key, figures in found.items():
                known = {name: math.nan if figure is None else figure for name, figure in figures.items()}
                assert known == pytest.approx(expected[key][table], nan_ok=True), (table, key)


def test_the_excluded_tickets(small_warehouse: Path, tickets: pd.DataFrame) -> None:
    reasons = pd.Series("resolved", index=tickets.index)
    reasons[tickets["has_bad_clock"]] = "bad_clock"
    reasons[tickets["resolved_at"].isna()] = "not_resolved"
    reasons[tickets["is_open"]] = "open"
    reasons[tickets["is_cancelled"]] = "cancelled"
    expected = reasons[reasons != "resolved"].value_counts().to_dict()
    rows = query(small_warehouse, "SELECT reason, ticket_count FROM metrics.excluded WHERE instance = 'mixed'")
    assert dict(rows) == expected
    assert len(expected) == 4


@pytest.mark.parametrize("dimension", ["assignment_group"])
def test_the_backlog_of_every_day(small_warehouse: Path, tickets: pd.DataFrame, dimension: str) -> None:
    known = tickets[tickets["opened_at"].notna()].copy()
    ended = known["resolved_at"].fillna(known["closed_at"]).fillna(known["sys_updated_on"])
    known["end_at"] = ended.where(ended > known["opened_at"], known["opened_at"]).mask(known["is_open"])
    closed = known["closed_at"].where(
        known["closed_at"].isna() | (known["closed_at"] > known["opened_at"]), known["opened_at"]
    )
    known["closed_end_at"] = closed.mask(known["is_open"])
    expected = {}
    for day in pd.date_range(max(pd.Timestamp(HISTORY_START), known["opened_at"].min()).normalize(), NOW):
        midnight = day + pd.Timedelta(days=1)
        there = known["opened_at"] < midnight
        known["open"] = there & ~(known["end_at"] < midnight)
        known["not_closed"] = there & ~(known["closed_end_at"] < midnight)
        known["opened"] = known["opened_at"].dt.normalize() == day
        known["ended"] = known["end_at"].dt.normalize() == day
        age = (min(midnight, pd.Timestamp(NOW)) - known["opened_at"]).dt.total_seconds() / 86400
        known["age"] = age.where(known["open"])
        known["old"] = known["age"] > 30
        for value, group in known.groupby(dimension):
            counts = [int(group[name].sum()) for name in ("open", "not_closed", "opened", "ended")]
            if any(counts):
                key = (day.date(), None if dimension == "all" else value)
                expected[key] = (*counts, group["age"].median(), int(group["old"].sum()))
    rows = query(
        small_warehouse,
        "SELECT as_of, dimension_value, open_count, not_closed_count, opened_count, ended_count, median_age_days,"
        f" older_than_30_days FROM metrics.backlog WHERE instance = 'mixed' AND dimension = '{dimension}'",
    )
    assert {row[:2] for row in rows} == expected.keys()
    for as_of, name, *figures in rows:
        known_figures = [math.nan if figure is None else figure for figure in figures]
        assert known_figures == pytest.approx(list(expected[(as_of, name)]), nan_ok=True), (as_of, name)
