"""What each metric makes of each odd case; the figures were worked out by hand."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.transform.hand_made import NOW
from tests.transform.warehouse import query

#: Tickets that are in no metric of resolved ones, by the reason.
EXCLUDED = {
    "cancelled": {"cancelled"},
    "open": {"open", "closed, in progress", "unknown state"},
    "not_resolved": {"no resolved time", "closed, not resolved"},
    "bad_clock": {"negative clock"},
}


def by_case(warehouse: Path, table: str, columns: str) -> dict[str, tuple[Any, ...]]:
    """Columns of a long metric table by case, over all time."""
    rows = query(
        warehouse,
        f"SELECT dimension_value, {columns} FROM metrics.{table}"
        " WHERE instance = 'cases' AND grain = 'all' AND dimension = 'category'",
    )
    return {case: tuple(figures) for case, *figures in rows}


def test_mttr(small_warehouse: Path) -> None:
    found = by_case(
        small_warehouse, "mttr", "resolved_count, mttr_minutes, median_minutes, mttr_without_children_minutes"
    )
    to_the_last_second = pytest.approx(120 - 1 / 60)
    assert found == {
        "reopened": (1, 2880.0, 2880.0, 2880.0),
        "duplicate": (1, 30.0, 30.0, 30.0),
        "child": (1, 60.0, 60.0, None),
        "end of month": (1, to_the_last_second, to_the_last_second, to_the_last_second),
        "start of month": (1, 60.0, 60.0, 60.0),
        "leap day": (1, 1440.0, 1440.0, 1440.0),
        "unknown choice": (1, 45.0, 45.0, 45.0),
        "missing group": (2, 15.0, 15.0, 15.0),
        "same-named groups": (2, 150.0, 150.0, 150.0),
    }


def test_reassignment(small_warehouse: Path) -> None:
    found = by_case(small_warehouse, "reassignment", "mean_reassignments, zero_share, three_plus_share")
    assert {case: found[case] for case in ("reopened", "duplicate", "child", "leap day")} == {
        "reopened": (1.0, 0.0, 0.0),
        "duplicate": (0.0, 1.0, 0.0),
        "child": (3.0, 0.0, 1.0),
        # Nobody knows how often: that is not never.
        "leap day": (None, 0.0, 0.0),
    }


def test_noise(small_warehouse: Path) -> None:
    found = by_case(small_warehouse, "noise", "noise_count, noise_by_code_count, noise_untouched_count")
    assert {case: figures for case, figures in found.items() if any(figures)} == {
        "duplicate": (1, 1, 0),
        "child": (1, 0, 1),
    }


def test_reopen(small_warehouse: Path) -> None:
    found = by_case(small_warehouse, "reopen", "reopened_count, reopen_rate")
    assert {case: figures for case, figures in found.items() if any(figures)} == {"reopened": (1, 1.0)}


def test_sla(small_warehouse: Path) -> None:
    found = by_case(small_warehouse, "sla", "made_sla_count, made_sla_share")
    assert {case: figures for case, figures in found.items() if any(figures)} == {
        "duplicate": (1, 1.0),
        "child": (1, 1.0),
    }


def test_excluded(small_warehouse: Path) -> None:
    found = query(small_warehouse, "SELECT reason, ticket_count FROM metrics.excluded WHERE instance = 'cases'")
    assert dict(found) == {reason: len(cases) for reason, cases in EXCLUDED.items()}
    counted = by_case(small_warehouse, "mttr", "resolved_count")
    assert not counted.keys() & set().union(*EXCLUDED.values())


def test_the_periods_of_month_ends_and_leap_days(small_warehouse: Path) -> None:
    found = query(
        small_warehouse,
        "SELECT dimension_value, grain, period_start FROM metrics.mttr WHERE instance = 'cases' AND grain <> 'all'"
        " AND dimension_value IN ('end of month', 'start of month', 'leap day')",
    )
    assert sorted(found) == [
        ("end of month", "day", date(2024, 1, 31)),
        ("end of month", "month", date(2024, 1, 1)),
        ("end of month", "week", date(2024, 1, 29)),
        ("leap day", "day", date(2024, 2, 29)),
        ("leap day", "month", date(2024, 2, 1)),
        ("leap day", "week", date(2024, 2, 26)),
        ("start of month", "day", date(2024, 2, 1)),
        ("start of month", "month", date(2024, 2, 1)),
        ("start of month", "week", date(2024, 1, 29)),
    ]


def test_groups_that_are_missing_or_of_one_name(small_warehouse: Path) -> None:
    found = query(
        small_warehouse,
        "SELECT assignment_group, count(*) FROM sdm.itsm WHERE instance = 'cases'"
        " AND category IN ('missing group', 'same-named groups') GROUP BY ALL ORDER BY ALL",
    )
    assert found == [("Twins", 2), (None, 2)]
    merged = query(
        small_warehouse,
        "SELECT dimension_value, resolved_count, mttr_minutes FROM metrics.mttr WHERE instance = 'cases'"
        " AND grain = 'month' AND period_start = DATE '2024-02-01' AND dimension = 'assignment_group' ORDER BY 1",
    )
    assert [row[:2] for row in merged] == [("(none)", 8), ("Twins", 2)]
    assert merged[1][2] == 150.0


def test_a_code_that_no_choice_explains(small_warehouse: Path) -> None:
    assert query(
        small_warehouse, "SELECT priority, priority_label, contact_type FROM sdm.itsm WHERE sys_id = 'unknown choice'"
    ) == [(9, "9", "pigeon")]
    assert query(
        small_warehouse,
        "SELECT dimension, resolved_count FROM metrics.reopen WHERE instance = 'cases' AND grain = 'all'"
        " AND dimension_value IN ('9', 'pigeon') ORDER BY 1",
    ) == [("contact_type", 1), ("priority", 1)]


def test_what_a_state_without_a_meaning_is(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT is_open, is_cancelled, is_noise, state_label FROM sdm.itsm WHERE sys_id = 'unknown state'",
    ) == [(True, False, None, "42")]


#: The days on which a case was opened, ended and closed; None: not yet.
LIVES: dict[str, tuple[date, date | None, date | None]] = {
    "reopened": (date(2024, 2, 5), date(2024, 2, 7), date(2024, 2, 10)),
    "cancelled": (date(2024, 2, 6), date(2024, 2, 6), None),
    "duplicate": (date(2024, 2, 6), date(2024, 2, 6), date(2024, 2, 6)),
    "child": (date(2024, 2, 6), date(2024, 2, 6), None),
    "negative clock": (date(2024, 2, 6), date(2024, 2, 6), date(2024, 2, 8)),
    "no resolved time": (date(2024, 2, 6), date(2024, 2, 8), None),
    "closed, not resolved": (date(2024, 2, 6), date(2024, 2, 9), date(2024, 2, 9)),
    "closed, in progress": (date(2024, 2, 6), None, None),
    "open": (date(2024, 3, 9), None, None),
    "end of month": (date(2024, 1, 31), date(2024, 1, 31), date(2024, 1, 31)),
    "start of month": (date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 1)),
    "leap day": (date(2024, 2, 28), date(2024, 2, 29), date(2024, 2, 29)),
    "unknown state": (date(2024, 2, 6), None, None),
    "unknown choice": (date(2024, 2, 6), date(2024, 2, 6), date(2024, 2, 6)),
    "missing group": (date(2024, 2, 6), date(2024, 2, 6), date(2024, 2, 6)),
    "same-named groups": (date(2024, 2, 6), date(2024, 2, 6), date(2024, 2, 6)),
}


@pytest.mark.parametrize("case", LIVES)
def test_backlog(small_warehouse: Path, case: str) -> None:
    opened, ended, closed = LIVES[case]
    tickets = 2 if case in ("missing group", "same-named groups") else 1
    days = [opened + timedelta(days=count) for count in range((NOW.date() - opened).days + 1)]
    expected = {
        day: (
            tickets if ended is None or day < ended else 0,
            tickets if closed is None or day < closed else 0,
            tickets if day == opened else 0,
            tickets if day == ended else 0,
        )
        for day in days
    }
    found = query(
        small_warehouse,
        "SELECT as_of, open_count, not_closed_count, opened_count, ended_count FROM metrics.backlog"
        f" WHERE instance = 'cases' AND dimension = 'category' AND dimension_value = '{case}'",
    )
    assert {row[0]: row[1:] for row in found} == {day: counts for day, counts in expected.items() if any(counts)}


def test_the_age_of_what_is_open(small_warehouse: Path) -> None:
    found = query(
        small_warehouse,
        "SELECT dimension_value, median_age_days, older_than_30_days FROM metrics.backlog WHERE instance = 'cases'"
        " AND dimension = 'category' AND as_of = DATE '2024-03-10' AND open_count > 0 ORDER BY 1",
    )
    assert found == [("closed, in progress", 33.0, 1), ("open", 1.0, 0), ("unknown state", 33.0, 1)]


def test_reassignment_paths(small_warehouse: Path) -> None:
    assert query(
        small_warehouse,
        "SELECT from_group, to_group, moves, tickets, ping_pong_tickets, median_minutes_held"
        " FROM metrics.reassignment_paths WHERE instance = 'cases' ORDER BY from_group",
    ) == [("Twins", "gone", 1, 1, 0, 120.0), ("gone", "Twins", 1, 1, 1, 60.0)]


def test_top_recurring_tickets(small_warehouse: Path) -> None:
    """Children, duplicates, open ones and odd clocks recur; cancelled ones do not, and an odd clock tells no effort."""
    assert query(
        small_warehouse,
        "SELECT title, example_number, ticket_count, active_days, median_resolve_minutes, total_resolve_minutes,"
        " noise_share FROM metrics.top_recurring_tickets WHERE instance = 'cases'",
    ) == [("vpn gateway down", "open", 4, 2, 45.0, 90.0, pytest.approx(2 / 3))]


def test_flags(small_warehouse: Path) -> None:
    found = query(
        small_warehouse,
        "SELECT sys_id, is_cancelled, is_duplicate, is_child, has_bad_clock FROM sdm.itsm WHERE instance = 'cases'",
    )
    set_flags = {sys_id: figures for sys_id, *figures in found if any(figures)}
    assert set_flags == {
        "cancelled": [True, False, False, False],
        "duplicate": [False, True, False, False],
        "child": [False, False, True, False],
        "negative clock": [False, False, False, True],
    }
