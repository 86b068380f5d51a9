"""What a page shows, read as numbers again: `3 h 20 min` is 200, give or take half a minute."""

import re
from dataclasses import dataclass

#: Unit: its size (minutes for durations, 1 for shares as 0 to 1, days for ages).
_DURATIONS = {"s": 1 / 60, "min": 1.0, "h": 60.0, "d": 24 * 60.0}
_AGES = {"day": 1.0, "days": 1.0, "hour": 1 / 24, "hours": 1 / 24}
_SPACES = re.compile(r"[\s\u202f\u00a0\u2009]")


@dataclass(frozen=True)
class Shown:
    """A number and by how much it may have been rounded."""

    value: float
    rounded_by: float

    def is_of(self, exact: float) -> bool:
        """Whether `exact` would be written so."""
        return abs(self.value - exact) <= self.rounded_by * (1 + 1e-9)


def read(text: str) -> Shown:
    """A figure as it is written on a page; durations in minutes, shares 0 to 1, ages in days.

    Raises ValueError for a text that is no figure, as for one that is missing.
    """
    if "%" in text:
        # Next to nothing and next to all are written `< 0.1 %` and `> 99.9 %`.
        return Shown(float(_bare(text.strip("<>% "))) / 100, 0.001 if text.startswith(("<", ">")) else 0.0005)
    parts = re.findall(r"([-\d.\s\u202f\u00a0]+?)\s*([a-z]+)", text)
    if not parts:
        # Counts are whole, other numbers are written with two decimals at most.
        return Shown(float(_bare(text)), 0.005)
    units = _DURATIONS if parts[0][1] in _DURATIONS else _AGES
    value = sum(float(_bare(number)) * units[unit] for number, unit in parts)
    return Shown(value, _rounded_by(value, parts, units))


def _rounded_by(value: float, parts: list[tuple[str, str]], units: dict[str, float]) -> float:
    if units is _AGES:
        # Below ten days a decimal is written, unless it is nought.
        return 1 / 48 if parts[-1][1].startswith("hour") else 0.05 if value < 10 else 0.5
    smallest = parts[-1][1]
    # The smaller part is not written where it is nought.
    # From a hundred days on none is.
    of_days = 30.0 if value < 100 * _DURATIONS["d"] else _DURATIONS["d"] / 2
    return {"s": 1 / 120, "min": 0.5, "h": 30.0 if value >= _DURATIONS["d"] else 0.5, "d": of_days}[smallest]


def _bare(number: str) -> str:
    return _SPACES.sub("", number)
