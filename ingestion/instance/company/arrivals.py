"""When things happen: arrivals whose rate follows the hours of the week.

Arrival k of a kind lies where the accumulated intensity of the week's rhythm reaches its share, so
its moment depends on k alone. A world that is asked for the arrivals of a year in one go and one
that is asked two hours at a time get the same ones, before `end` exactly the number asked for.
"""

from bisect import bisect_right
from itertools import accumulate
from math import floor
from random import Random

from ingestion.instance.timestamps import HOUR, WEEK

#: Relative load of the 24 hours of a working day (UTC).
_WORKING_DAY = (
    2, 2, 2, 2, 3, 5, 12, 30, 62, 88, 92, 84, 66, 74, 86, 82, 64, 40, 22, 14, 9, 6, 4, 3,
)  # fmt: skip
#: Monday is the busiest day; machines do not sleep at weekends.
_WEEKDAYS = (1.18, 1.06, 1.0, 0.98, 0.86, 0.2, 0.15)
_NIGHT_SHIFT = 14.0
#: Weeks differ by the mood of the seed; after this many the moods repeat.
_MOODS = 53
#: 1970-01-01 was a Thursday.
_FROM_MONDAY = 3 * 24 * HOUR


class Rhythm:
    """Accumulated intensity of a company's week, with weeks of uneven load."""

    def __init__(self, seed: int) -> None:
        hours = [_NIGHT_SHIFT + load * day for day in _WEEKDAYS for load in _WORKING_DAY]
        self._hours = [0.0, *accumulate(hours)]
        self._week = self._hours[-1]
        rng = Random(f"{seed}:rhythm")
        self._moods = [0.0, *accumulate(rng.uniform(0.7, 1.3) for _ in range(_MOODS))]

    def intensity(self, moment: float) -> float:
        """Load accumulated from 1970 to `moment` (seconds since 1970)."""
        weeks, rest = divmod(moment + _FROM_MONDAY, WEEK)
        hour, part = divmod(rest, HOUR)
        inside = self._hours[int(hour)] + (self._hours[int(hour) + 1] - self._hours[int(hour)]) * part / HOUR
        rounds, week = divmod(int(weeks), _MOODS)
        mood = self._moods[week + 1] - self._moods[week]
        return (rounds * self._moods[-1] + self._moods[week]) * self._week + mood * inside

    def moment(self, intensity: float) -> int:
        """The inverse of `intensity`, in whole seconds."""
        rounds, rest = divmod(intensity / self._week, self._moods[-1])
        week = min(bisect_right(self._moods, rest) - 1, _MOODS - 1)
        inside = (rest - self._moods[week]) / (self._moods[week + 1] - self._moods[week]) * self._week
        hour = min(bisect_right(self._hours, inside) - 1, len(self._hours) - 2)
        part = (inside - self._hours[hour]) / (self._hours[hour + 1] - self._hours[hour])
        weeks = int(rounds) * _MOODS + week
        return int(weeks * WEEK + (hour + part) * HOUR) - _FROM_MONDAY


class Arrivals:
    """The moments of one kind of thing: `count` of them in [start, end), and on after `end` at the same rate."""

    def __init__(self, rhythm: Rhythm, kind: str, count: int, start: int, end: int, seed: int) -> None:
        self.kind = kind
        self.seed = seed
        self._rhythm = rhythm
        self._first = rhythm.intensity(start)
        self._share = (rhythm.intensity(end) - self._first) / max(count, 1)
        self._start = start
        #: The last moment of the history, and the arrivals in it.
        self.end = end
        self.count = count

    def rng(self, index: int) -> Random:
        """The dice of arrival `index`: all that is ever rolled about it comes from here."""
        return Random(f"{self.seed}:{self.kind}:{index}")

    def at(self, index: int) -> int:
        """The moment of arrival `index`; moments never fall as the index rises."""
        # A cheap spread within the arrival's own share of the intensity: no generator to seed.
        offset = ((index * 2_654_435_761 + self.seed * 40_503) % 65_536) / 65_536
        moment = self._rhythm.moment(self._first + (index + offset) * self._share)
        if index < self.count:
            return min(max(moment, self._start), self.end - 1)
        return max(moment, self.end + 1)

    def until(self, moment: int) -> int:
        """How many arrivals lie at or before `moment`."""
        guess = floor((self._rhythm.intensity(moment) - self._first) / self._share)
        index = max(guess - 2, 0)
        while self.at(index) <= moment:
            index += 1
        return index
