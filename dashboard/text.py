"""Numbers as people read them. Every function gives `–` for a missing value (None, NaN, NaT)."""

import re

from dashboard.definitions import SMALL_N, Unit

#: Parts groups of three digits: narrow, and no line breaks there.
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
MISSING = "–"

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~:$])")
_MINUTES_PER_HOUR = 60
_MINUTES_PER_DAY = 24 * _MINUTES_PER_HOUR
#: Hours beside as many days say nothing.
_LONG = 100 * _MINUTES_PER_DAY


def minutes(value: float | None) -> str:
    """A duration given in minutes: `40 s`, `25 min`, `3 h 20 min`, `4 d 6 h`, `120 d`; rounded to the smaller part."""
    value = _given(value)
    if value is None:
        return MISSING
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size < 1:
        return f"{sign}{round(size * 60)} s" if round(size * 60) < 60 else f"{sign}1 min"
    whole = round(size)
    if whole < _MINUTES_PER_HOUR:
        return f"{sign}{whole} min"
    if whole < _MINUTES_PER_DAY:
        return sign + _two_parts(whole, _MINUTES_PER_HOUR, "h", "min")
    if whole >= _LONG:
        return f"{sign}{count(size / _MINUTES_PER_DAY)} d"
    return sign + _two_parts(round(size / _MINUTES_PER_HOUR), 24, "d", "h")


def _two_parts(whole: int, base: int, large: str, small: str) -> str:
    upper, lower = divmod(whole, base)
    return f"{count(upper)} {large}" + (f" {lower} {small}" if lower else "")


def share(value: float | None) -> str:
    """A share from 0 to 1: `12.3 %`. What is not quite nothing or all is not written as such."""
    value = _given(value)
    if value is None:
        return MISSING
    percent = 100 * value
    if 0 < percent < 0.05:
        return "< 0.1 %"
    if 99.95 <= percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def count(value: float | None) -> str:
    """A whole number with thin spaces: `1 234 567`."""
    value = _given(value)
    if value is None:
        return MISSING
    return f"{round(value):,}".replace(",", THIN_SPACE)


def number(value: float | None) -> str:
    """A number with two decimals at most: `1.25`, `3`."""
    value = _given(value)
    if value is None:
        return MISSING
    text = f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", THIN_SPACE)
    return "0" if text == "-0" else text


def days(value: float | None) -> str:
    """An age in days: `5 hours`, `1 day`, `4 days`, `4.5 days` below ten where it is not whole."""
    value = _given(value)
    if value is None:
        return MISSING
    if abs(value) < 1:
        hours = round(24 * value)
        return _plural(hours, "hour") if abs(hours) < 24 else "1 day"
    rounded = round(value, 1) if abs(value) < 10 else round(value)
    return f"{rounded} days" if rounded != round(rounded) else _plural(round(rounded), "day")


def _plural(whole: int, noun: str) -> str:
    return f"{count(whole)} {noun}{'' if abs(whole) == 1 else 's'}"


def written(value: float | None, unit: Unit) -> str:
    """A value by its unit."""
    return {"minutes": minutes, "share": share, "count": count, "number": number, "days": days}[unit](value)


def cases(n: float | None) -> str:
    """How many tickets a figure is of, small numbers marked: `n = 1 234`, `n = 4, few`."""
    n = _given(n)
    if n is None:
        return "n unknown"
    return f"n = {count(n)}" + (", few" if n < SMALL_N else "")


def _given(value: float | None) -> float | None:
    """The value, None where it is missing."""
    try:
        # NaN and NaT are unlike themselves, pandas' NA has no truth at all.
        return None if value is None or value != value else value
    except TypeError:
        return None


def plain(words: str) -> str:
    """Text that a page writes as Markdown, as it is: nothing in it becomes a link, a picture or a heading."""
    return _MARKUP.sub(r"\\\1", words)
