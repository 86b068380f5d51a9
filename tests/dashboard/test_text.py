"""Numbers as people read them."""

import numpy as np
import pandas as pd
import pytest

from dashboard import text
from dashboard.definitions import DEFINITIONS, EXCLUDED, SMALL_N
from dashboard.figures.aggregates import FIGURES

THIN = text.THIN_SPACE


@pytest.mark.parametrize(
    ("minutes", "written"),
    [
        (0, "0 s"),
        (0.2, "12 s"),
        (0.999, "1 min"),
        (1, "1 min"),
        (59.4, "59 min"),
        (59.6, "1 h"),
        (60, "1 h"),
        (200, "3 h 20 min"),
        (1439.4, "23 h 59 min"),
        (1439.6, "1 d"),
        (1440, "1 d"),
        (1500, "1 d 1 h"),
        (2879, "2 d"),
        (100 * 1440 - 60, "99 d 23 h"),
        (1_000_000, "694 d"),
        (14_400_000, f"10{THIN}000 d"),
        (-200, "-3 h 20 min"),
    ],
)
def test_minutes(minutes: float, written: str) -> None:
    assert text.minutes(minutes) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0, "0.0 %"),
        (0.0001, "< 0.1 %"),
        (0.1234, "12.3 %"),
        (0.99999, "> 99.9 %"),
        (1, "100.0 %"),
    ],
)
def test_shares(share: float, written: str) -> None:
    assert text.share(share) == written


@pytest.mark.parametrize(
    ("days", "written"),
    [
        (0, "0 hours"),
        (0.04, "1 hour"),
        (0.5, "12 hours"),
        (0.99, "1 day"),
        (1, "1 day"),
        (4, "4 days"),
        (4.46, "4.5 days"),
        (9.97, "10 days"),
        (45.4, "45 days"),
        (1375.08, f"1{THIN}375 days"),
    ],
)
def test_ages(days: float, written: str) -> None:
    assert text.days(days) == written


def test_counts_and_numbers() -> None:
    assert text.count(1_234_567) == f"1{THIN}234{THIN}567"
    assert text.count(np.int64(999)) == "999"
    assert text.number(1.254) == "1.25"
    assert text.number(3.0) == "3"
    assert text.number(-0.001) == "0"
    assert text.number(12345.5) == f"12{THIN}345.5"


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, np.float64("nan"), pd.NA, pd.NaT])
@pytest.mark.parametrize("unit", ["minutes", "share", "count", "number", "days"])
def test_what_is_missing_is_a_dash(missing: float | None, unit: str) -> None:
    assert text.written(missing, unit) == text.MISSING


def test_small_numbers_of_tickets_are_marked() -> None:
    assert text.cases(SMALL_N - 1) == f"n = {SMALL_N - 1}, few"
    assert text.cases(SMALL_N) == f"n = {SMALL_N}"
    assert text.cases(None) == "n unknown"


def test_every_figure_is_defined() -> None:
    assert set(FIGURES) <= set(DEFINITIONS)
    for name, definition in DEFINITIONS.items():
        assert definition.meaning.endswith("."), name
        assert definition.cohort in definition.hover and definition.meaning in definition.hover
        assert text.written(0.5, definition.unit)
    assert set(EXCLUDED) == {"cancelled", "open", "not_resolved", "bad_clock"}
