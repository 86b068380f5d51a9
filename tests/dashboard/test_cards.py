"""What the cards and the bar of filters say, without a page."""

from datetime import date

import pytest

from dashboard import filter_bar
from dashboard.cards import change, days
from dashboard.definitions import DEFINITIONS
from dashboard.figures import Figure
from dashboard.filters import Choices


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("mttr_minutes", 200.0, 250.0, "+25.0 %"),
        ("mttr_minutes", 200.0, 150.0, "-25.0 %"),
        ("mttr_minutes", 200.0, 200.01, 0),
        ("mttr_minutes", 0.0, 10.0, None),
        ("mttr_minutes", None, 10.0, None),
        ("noise_share", 0.20, 0.185, "-1.5 points"),
        ("noise_share", 0.0, 0.1, "+10.0 points"),
        ("noise_share", 0.2, None, None),
        ("open_count", 200, 204, "+2.0 %"),
    ],
)
def test_a_share_moves_by_points_and_everything_else_by_percent(
    name: str, before: float | None, after: float | None, said: str | int | None
) -> None:
    figure = Figure(value=after, n=20, after=after, n_after=20, before=before, n_before=20)
    assert change(figure, DEFINITIONS[name]) == said


@pytest.mark.parametrize(
    ("first", "end", "said"),
    [
        (date(2026, 10, 1), date(2026, 11, 1), "Oct 2026"),
        (date(2025, 12, 1), date(2026, 1, 1), "Dec 2025"),
        (date(2026, 10, 1), date(2026, 12, 1), "1 Oct 2026 to 30 Nov 2026"),
        (date(2026, 10, 3), date(2026, 10, 4), "3 Oct 2026"),
    ],
)
def test_a_period_is_named_by_its_days(first: date, end: date, said: str) -> None:
    assert days((first, end)) == said


def test_periods_on_offer_end_with_the_last_day_of_the_data() -> None:
    offered = filter_bar.periods(Choices(("demo",), first_day=date(2025, 11, 1), last_day=date(2026, 1, 31)))
    assert offered == {
        "All days": (None, None),
        "Last 7 days": (date(2026, 1, 25), date(2026, 2, 1)),
        "Last 28 days": (date(2026, 1, 4), date(2026, 2, 1)),
        "Last 90 days": (date(2025, 11, 3), date(2026, 2, 1)),
        "Last 365 days": (date(2025, 2, 1), date(2026, 2, 1)),
        "This month": (date(2026, 1, 1), date(2026, 2, 1)),
        "Last month": (date(2025, 12, 1), date(2026, 1, 1)),
    }


def test_without_data_there_is_no_period_to_choose() -> None:
    assert list(filter_bar.periods(Choices(("demo",)))) == ["All days"]
