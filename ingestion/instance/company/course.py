"""What becomes of a ticket: how long it takes, how it ends, whether it comes back."""

from random import Random

from ingestion.instance.business_hours import business_seconds
from ingestion.instance.company import oddities
from ingestion.instance.company.births import Birth
from ingestion.instance.company.endings import Ending, ending_of
from ingestion.instance.company.handling import Handling, state_values
from ingestion.instance.company.identity import Row
from ingestion.instance.company.people import People, Person
from ingestion.instance.timestamps import DAY, HOUR, MINUTE, seconds_of, stamp

#: Median seconds from creation to resolution, by priority; log-normal around it.
_MEDIAN = {1: 3 * HOUR, 2: 8 * HOUR, 3: 20 * HOUR, 4: 45 * HOUR, 5: 90 * HOUR}
_SPREAD = 1.15
_LONGEST = 300 * DAY
_SELF_CLEARED_MEDIAN = 25 * MINUTE
_COMES_BACK = 0.035
_COMES_BACK_AT_MOST = 3


class Course:
    """The way of one ticket. After `run`: its `handling` with all events, and how and when it `ended` first."""

    def __init__(self, birth: Birth, rng: Random, people: People) -> None:
        self.handling = Handling(birth, rng, people)
        self.ended: int | None = None
        self.is_cancelled = False
        self._birth = birth
        self._rng = rng
        self._system = people.system
        self._reopened = 0

    def run(self) -> None:
        """Lets it all happen."""
        birth = self._birth
        ending = ending_of(birth, self._rng)
        until = birth.at + self._length(ending)
        self._work(birth.at, until, ending)
        if ending is Ending.STUCK:
            if birth.oddity == oddities.CLOSED_YET_OPEN:
                self.handling.update(until, self.handling.actor, closed_at=stamp(until))
            elif birth.oddity == oddities.UNKNOWN_STATE:
                self.handling.update(until, self.handling.actor, **state_values("42"))
        elif ending is Ending.CANCELLED:
            self._cancel(until)
        elif birth.oddity == oddities.NEVER_RESOLVED:
            self._close(until, birth.opener, self._closing_fields(ending, until))
        else:
            self._resolve(until, ending)
            self._after_resolution(until, ending)

    def _length(self, ending: Ending) -> int:
        median = _SELF_CLEARED_MEDIAN if ending.is_unattended else _MEDIAN[self._birth.priority] * self._birth.home.pace
        return 2 * MINUTE + min(int(median * self._rng.lognormvariate(0, _SPREAD)), _LONGEST)

    def _work(self, start: int, until: int, ending: Ending) -> None:
        if not ending.is_unattended:
            self.handling.work(start, until, for_good=ending is Ending.STUCK)
        elif self._rng.random() < 0.3:
            self.handling.update((start + until) // 2, "monitoring")

    def _durations(self, at: int) -> Row:
        """The platform's stopwatches from opening to resolution (Table API reference, section 5.5)."""
        opened = self._birth.values["opened_at"]
        start = seconds_of(opened) if opened else self._birth.at
        calendar, business = max(0, at - start), business_seconds(start, at)
        if self._birth.oddity == oddities.STOPWATCH_OFF:
            calendar = max(0, calendar - 2 * HOUR)
        return {
            "calendar_duration": stamp(calendar),
            "calendar_stc": str(calendar),
            "business_duration": stamp(business),
            "business_stc": str(business),
        }

    def _closing_fields(self, ending: Ending, at: int) -> Row:
        values = ending.fields(self._birth, self._rng) | self._durations(at)
        if not ending.is_unattended and (assignee := self.handling.take()) is not None:
            values["assigned_to"] = assignee.sys_id
        return values

    def _resolve(self, at: int, ending: Ending) -> None:
        values = self._closing_fields(ending, at)
        self.handling.end_hold(at)
        resolver = self.handling.assignee or self._birth.opener
        resolved = self._birth.at - 2 * HOUR if self._birth.oddity == oddities.RESOLVED_BEFORE_OPENED else at
        values |= state_values("6") | {
            "hold_reason": "",
            "resolved_at": stamp(resolved),
            "resolved_by": resolver.sys_id,
        }
        self.handling.update(at, resolver.user_name, **values)
        self.ended = self.ended or at

    def _after_resolution(self, resolved: int, ending: Ending) -> None:
        """Closed some days later, unless the caller comes back before."""
        rng, birth = self._rng, self._birth
        keeps_resolution = birth.oddity == oddities.STALE_RESOLUTION
        comes_back = rng.random() < _COMES_BACK and self._reopened < _COMES_BACK_AT_MOST
        if keeps_resolution or comes_back:
            back = resolved + HOUR + int(rng.random() * 3 * DAY)
            self._reopen(back)
            again = back + HOUR + int(_MEDIAN[birth.priority] * rng.lognormvariate(-0.5, _SPREAD))
            self._work(back, again, ending)
            if not keeps_resolution:
                self._resolve(again, Ending.SOLVED)
                self._after_resolution(again, Ending.SOLVED)
        elif rng.random() < 0.12:
            self._close(resolved + int(rng.random() * DAY) + 1, birth.opener, {})
        else:
            days = 7 if rng.random() < 0.8 else 5
            self._close(resolved + days * DAY + int(rng.random() * HOUR), self._system, {})

    def _reopen(self, at: int) -> None:
        self._reopened += 1
        values = state_values("2") | {
            "reopen_count": str(self._reopened),
            "reopened_time": stamp(at),
            "reopened_by": self._birth.opener.sys_id,
        }
        if self._birth.oddity != oddities.STALE_RESOLUTION:
            values |= dict.fromkeys(("resolved_at", "resolved_by", "close_code", "close_notes"), "")
        self.handling.update(at, self._birth.opener.user_name, **values)

    def _close(self, at: int, closer: Person, values: Row) -> None:
        self._end(at, closer, state_values("7") | values)

    def _cancel(self, at: int) -> None:
        self.is_cancelled = True
        self._end(at, self._birth.opener, state_values("8") | {"close_notes": "Withdrawn by the caller."})

    def _end(self, at: int, closer: Person, values: Row) -> None:
        self.handling.end_hold(at)
        values |= {"active": "false", "hold_reason": "", "closed_at": stamp(at), "closed_by": closer.sys_id}
        self.handling.update(at, closer.user_name, **values)
        self.ended = self.ended or at
