"""Business time against a count by days, durations in their 1970 form, and arrivals that keep their promise."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.instance.business_hours import add_business_seconds, business_seconds
from ingestion.instance.company.arrivals import Arrivals, Rhythm
from ingestion.instance.timestamps import DAY, epoch_seconds, moment_of, seconds_of, stamp

_MOMENTS = st.integers(epoch_seconds(datetime(2015, 1, 1)), epoch_seconds(datetime(2027, 1, 1)))


def _by_days(start: int, end: int) -> int:
    """Monday to Friday, 08:00 to 17:00, day by day."""
    total = 0
    day = moment_of(start).replace(hour=0, minute=0, second=0)
    while epoch_seconds(day) < end:
        if day.weekday() < 5:
            opens, closes = epoch_seconds(day + timedelta(hours=8)), epoch_seconds(day + timedelta(hours=17))
            total += max(0, min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return total


@given(_MOMENTS, st.integers(0, 40 * DAY))
def test_business_time_is_that_of_the_days_between(start: int, length: int) -> None:
    assert business_seconds(start, start + length) == _by_days(start, start + length)
    assert business_seconds(start + length, start) == 0


@given(_MOMENTS, st.integers(1, 20 * DAY))
def test_the_moment_some_business_time_later_is_the_first_such(start: int, seconds: int) -> None:
    end = add_business_seconds(start, seconds)
    assert business_seconds(start, end) == seconds
    assert business_seconds(start, end - 1) == seconds - 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01 00:00:00"), (1671, "1970-01-01 00:27:51"), (102_197, "1970-01-02 04:23:17"),
        (2 * DAY + 3 * 3600, "1970-01-03 03:00:00"), (-1, "1969-12-31 23:59:59"),
    ],
)  # fmt: skip
def test_durations_are_times_of_1970(seconds: int, text: str) -> None:
    assert stamp(seconds) == text
    assert seconds_of(text) == seconds


@given(_MOMENTS)
def test_stamps_are_read_back(moment: int) -> None:
    assert stamp(moment) == str(moment_of(moment))
    assert seconds_of(stamp(moment)) == moment


@pytest.mark.parametrize("count", [1, 7, 500])
def test_so_many_arrive_before_the_end_and_more_after_it(count: int) -> None:
    start, end = epoch_seconds(datetime(2025, 1, 1, 13, 5)), epoch_seconds(datetime(2025, 3, 1, 9, 30))
    arrivals = Arrivals(Rhythm(3), "thing", count, start, end, seed=3)
    moments = [arrivals.at(index) for index in range(2 * count)]
    assert moments == sorted(moments)
    assert start <= moments[0]
    assert sum(moment <= end for moment in moments) == count
    assert arrivals.until(end) == count
    assert arrivals.until(start - 1) == 0
    assert all(arrivals.until(moment) > index for index, moment in enumerate(moments))


@given(st.floats(0, 1e6, allow_nan=False))
def test_a_rhythm_finds_the_moment_of_an_intensity(load: float) -> None:
    rhythm = Rhythm(1)
    base = rhythm.intensity(epoch_seconds(datetime(2020, 1, 1)))
    moment = rhythm.moment(base + load)
    assert rhythm.intensity(moment - 1) <= base + load <= rhythm.intensity(moment + 1)
