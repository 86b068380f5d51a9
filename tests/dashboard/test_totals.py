"""Figures that add up from rows a page has: changes, recurring titles, weeks of the backlog."""

from datetime import date

import pandas as pd

from dashboard.figures import changes_headline, flow_by_week, recurring_headline, with_shares
from dashboard.figures.periods import Comparison

MONTHS = Comparison((date(2026, 2, 1), date(2026, 3, 1)), (date(2026, 1, 1), date(2026, 2, 1)), "month")
CHOSEN = Comparison((date(2026, 2, 10), date(2026, 2, 20)), (date(2026, 1, 31), date(2026, 2, 10)))


def changes(*rows: tuple[str, int, int, int, int]) -> pd.DataFrame:
    names = ["period_start", "closed_changes", "failed_changes"]
    frame = pd.DataFrame(rows, columns=[*names, "changes_with_linked_incident", "changes_with_suspected_incident"])
    return frame.assign(period_start=pd.to_datetime(frame["period_start"]))


def titles(*rows: tuple[int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["ticket_count", "total_resolve_minutes"])


def test_shares_of_changes_are_of_all_months_together_and_the_last_two_whole_ones_are_compared() -> None:
    months = changes(("2026-01-01", 10, 1, 2, 5), ("2026-02-01", 30, 9, 0, 3), ("2026-03-01", 10, 0, 3, 2))
    found = changes_headline(months, None, MONTHS)
    failed = found.figures["failed_share"]
    assert (failed.value, failed.n) == (0.2, 50)
    assert (failed.after, failed.n_after, failed.before, failed.n_before) == (0.3, 30, 0.1, 10)
    assert found.figures["linked_share"].value == 0.1
    assert found.figures["suspected_share"].value == 0.2
    assert (found.after, found.before) == (MONTHS.after, MONTHS.before)


def test_a_chosen_period_is_compared_with_the_one_before() -> None:
    found = changes_headline(changes(("2026-02-01", 4, 1, 0, 0)), changes(("2026-01-01", 2, 1, 0, 0)), CHOSEN)
    assert (found.figures["failed_share"].after, found.figures["failed_share"].before) == (0.25, 0.5)
    assert found.figures["closed_changes"].before == 2


def test_no_change_has_no_share_and_weeks_are_not_compared_by_month() -> None:
    found = changes_headline(changes(), None, Comparison(MONTHS.after, MONTHS.before, "week"))
    assert found.figures["failed_share"].value is None
    assert found.figures["closed_changes"].value == 0
    assert (found.after, found.before) == (None, None)
    assert with_shares(pd.Series(dict.fromkeys(changes().columns[1:], 0)))["linked_share"] is None


def test_recurring_titles_are_compared_only_where_a_period_was_chosen() -> None:
    found = recurring_headline(titles((5, 10.0), (3, 20.0)), None, MONTHS)
    assert [found.figures[name].value for name in found.figures] == [2, 8, 30]
    assert found.figures["recurring_titles"].after is None
    assert found.before is None
    found = recurring_headline(titles((5, 10.0), (3, 20.0)), titles((4, 6.0)), CHOSEN)
    tickets = found.figures["recurring_tickets"]
    assert (tickets.after, tickets.before, tickets.n_before) == (8, 4, 4)


def test_weeks_begin_on_monday_and_those_cut_by_the_days_are_partial() -> None:
    days = pd.date_range("2026-01-03", "2026-01-14")  # Saturday to Wednesday
    weeks = flow_by_week(pd.DataFrame({"as_of": days, "opened_count": 1, "ended_count": 2}))
    assert [day.date() for day in weeks["period_start"]] == [date(2025, 12, 29), date(2026, 1, 5), date(2026, 1, 12)]
    assert list(weeks["opened_count"]) == [2, 7, 3]
    assert list(weeks["ended_count"]) == [4, 14, 6]
    assert list(weeks["is_partial"]) == [True, False, True]
