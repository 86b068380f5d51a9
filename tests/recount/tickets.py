"""The published tickets held against the raw ones: what is taken over, and what is worked out."""

from typing import Any

import pandas as pd

from tests.recount.cohort import filled, flags
from tests.recount.published import Instance

#: Columns of `sdm.itsm` that are a raw column as it is.
TAKEN_OVER = {
    "number": "number",
    "opened_at": "opened_at",
    "resolved_at": "resolved_at",
    "closed_at": "closed_at",
    "created_at": "sys_created_on",
    "updated_at": "sys_updated_on",
    "state": "state",
    "priority": "priority",
    "impact": "impact",
    "urgency": "urgency",
    "category": "category",
    "subcategory": "subcategory",
    "contact_type": "contact_type",
    "short_description": "short_description",
    "close_code": "close_code",
    "made_sla": "made_sla",
    "reassignment_count": "reassignment_count",
    "reopen_count": "reopen_count",
    "opened_by_id": "opened_by",
    "caller_id": "caller_id",
    "assigned_to_id": "assigned_to",
    "assignment_group_id": "assignment_group",
    "service_id": "business_service",
    "cmdb_ci_id": "cmdb_ci",
    "problem_id": "problem_id",
    "caused_by_change_id": "caused_by",
    "parent_incident_id": "parent_incident",
}


def assert_tickets_agree(instance: Instance) -> None:
    """One published ticket a raw one, its cells the raw ones, its flags those that the contract's words give."""
    published = instance.tickets.set_index("sys_id")
    assert sorted(published.index) == sorted(instance.raw.index)
    raw = instance.raw.loc[published.index]
    for column, source in TAKEN_OVER.items():
        _assert_same(published[column], raw[source], column)
    expected = flags(instance).set_index("sys_id")
    for column in ("is_open", "is_cancelled", "has_bad_clock", "resolve_minutes", "is_noise", "is_child"):
        _assert_same(published[column], expected[column], column)
    seconds = raw["business_stc"].where(raw["business_stc"].notna(), raw["business_duration"])
    _assert_same(published["business_minutes"], seconds.astype(float) / 60, "business_minutes")
    _assert_same(published["has_business_impact"], filled(raw["business_impact"]), "has_business_impact")
    duplicate = raw["close_code"].astype(object).fillna("").astype(str).str.strip().str.lower() == "duplicate"
    _assert_same(published["is_duplicate"], duplicate, "is_duplicate")


def _assert_same(found: pd.Series, expected: pd.Series, column: str) -> None:
    differs = [
        (key, one, other)
        for key, one, other in zip(found.index, found, expected, strict=True)
        if not _equal(one, other)
    ]
    assert not differs, f"{column}: {differs[:3]}"


def _equal(one: Any, other: Any) -> bool:
    if pd.isna(one) or pd.isna(other):
        return bool(pd.isna(one) and pd.isna(other))
    if isinstance(one, float) or isinstance(other, float):
        return abs(float(one) - float(other)) < 1e-9 * max(1.0, abs(float(one)))
    return bool(one == other)
