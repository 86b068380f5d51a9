"""What becomes of a ticket: who holds it, when it waits, how it ends, whether it comes back."""

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

from ingestion.instance.business_hours import business_seconds
from ingestion.instance.company import oddities
from ingestion.instance.company.births import PRIORITY, Birth
from ingestion.instance.company.choosing import Weighted, one_of
from ingestion.instance.company.endings import Ending, ending_of
from ingestion.instance.company.identity import Row
from ingestion.instance.company.life import UPDATE, Event
from ingestion.instance.company.people import Group, People, Person
from ingestion.instance.timestamps import DAY, HOUR, MINUTE, seconds_of, stamp

#: Median seconds from creation to resolution, by priority; log-normal around it.
_MEDIAN = {1: 3 * HOUR, 2: 8 * HOUR, 3: 20 * HOUR, 4: 45 * HOUR, 5: 90 * HOUR}
_SPREAD = 1.15
_LONGEST = 300 * DAY
_SELF_CLEARED_MEDIAN = 25 * MINUTE
_MACHINE_MOVES = Weighted((0, 1, 2, 3, 5, 8), (70.0, 20.0, 6.0, 2.5, 1.0, 0.5))
_HUMAN_MOVES = Weighted((0, 1, 2, 3, 4, 6, 9, 14), (38.0, 33.0, 15.0, 7.0, 4.0, 2.0, 0.8, 0.2))
_HOLD_REASONS = Weighted(("1", "5", "3", "4"), (70.0, 8.0, 6.0, 16.0))
_COMES_BACK = 0.035


class Course:
    """The way of one ticket. After `run`: `events` of its row, and the moments an SLA goes by."""

    def __init__(self, birth: Birth, rng: Random, people: People) -> None:
        self.events: list[Event] = []
        self.first_assigned: int | None = None
        self.ended: int | None = None
        self.is_cancelled = False
        self.holds: list[tuple[int, int | None]] = []
        #: (moment, new priority) of a change of impact.
        self.reprioritised: tuple[int, int] | None = None
        self._birth = birth
        self._rng = rng
        self._people = people
        self._group: Group | None = birth.group
        self._had_group = birth.group is not None
        self._former: list[Group] = []
        self._assignee: Person | None = None
        self._moves = 0
        self._reopened = 0
        self._steps: list[tuple[int, int, Callable[[int], None]]] = []
        self._scheduled = 0

    def run(self) -> None:
        """Lets it all happen."""
        birth, rng = self._birth, self._rng
        ending = ending_of(birth, rng)
        until = birth.at + self._length(ending)
        self._work(birth.at, until, ending)
        if ending is Ending.STUCK:
            if birth.oddity == oddities.CLOSED_YET_OPEN:
                self._update(until, self._actor(), closed_at=stamp(until))
            return
        if ending is Ending.CANCELLED:
            self._cancel(until)
        elif birth.oddity == oddities.NEVER_RESOLVED:
            self._close(until, self._actor(), birth.opener, self._closing_fields(ending, until))
        else:
            self._resolve(until, ending)
            self._after_resolution(until, ending)

    def _length(self, ending: Ending) -> int:
        birth, rng = self._birth, self._rng
        if ending in (Ending.SELF_CLEARED, Ending.UNTOUCHED):
            median = float(_SELF_CLEARED_MEDIAN)
        else:
            median = _MEDIAN[birth.priority] * birth.home.pace
        return 2 * MINUTE + min(int(median * rng.lognormvariate(0, _SPREAD)), _LONGEST)

    def _update(self, at: int, by: str, **values: str) -> None:
        self.events.append(Event(at, UPDATE, "incident", self._birth.sys_id, values, by))

    def _actor(self) -> str:
        return self._assignee.user_name if self._assignee else "system"

    # -- between creation and end ------------------------------------------------------------------

    def _work(self, start: int, until: int, ending: Ending) -> None:
        """Moves, assignments, pauses, notes and edits between two moments."""
        rng, span = self._rng, until - start
        if ending in (Ending.SELF_CLEARED, Ending.UNTOUCHED):
            if rng.random() < 0.3:
                self._update(start + span // 2, "monitoring")
            return
        for _ in range(self._number_of_moves()):
            self._schedule(start + int(span * rng.random() * 0.85), self._move)
        self._schedule(start + int(min(span * 0.3, rng.expovariate(1 / (40 * MINUTE)))), self._assign)
        roll = rng.random()
        if roll < 0.22 and span > HOUR:
            begin = start + int(span * (0.2 + 0.4 * rng.random()))
            self._schedule(begin, self._hold)
            if ending is not Ending.STUCK and roll > 0.03:  # the others wait until the end
                self._schedule(begin + int((until - begin) * 0.8 * rng.random()) + 1, self._resume)
        for _ in range(int(rng.expovariate(0.9))):
            self._schedule(start + int(span * rng.random()), self._note)
        if rng.random() < 0.25:
            self._schedule(start + int(span * (0.1 + 0.6 * rng.random())), self._edit)
        while self._steps:
            moment, _, step = heappop(self._steps)
            if moment < until:
                step(moment)

    def _schedule(self, at: int, step: Callable[[int], None]) -> None:
        """Steps of one moment keep the order of scheduling."""
        self._scheduled += 1
        heappush(self._steps, (at, self._scheduled, step))

    def _number_of_moves(self) -> int:
        if self._birth.oddity == oddities.NO_GROUP:
            return 0
        moves = (_MACHINE_MOVES if self._birth.is_machine else _HUMAN_MOVES).pick(self._rng)
        return moves or (1 if self._group is None and self._rng.random() < 0.6 else 0)

    def _move(self, at: int) -> None:
        """Gives the ticket to another group; now and then back to a former one, or to none."""
        rng, by = self._rng, self._actor()
        target: Group | None = self._birth.home
        roll = rng.random()
        if roll < 0.03 and self._group is not None:
            target = None
        elif roll < 0.3 and self._former:
            target = one_of(self._former, rng)
        elif roll < 0.45 or target is self._group:
            target = one_of(self._people.groups, rng)
        if target is self._group:
            return
        if self._group is not None:
            self._former.append(self._group)
        values = {"assignment_group": target.sys_id if target else "", "assigned_to": ""}
        if self._had_group:
            self._moves += 1
            values["reassignment_count"] = str(self._moves)
        self._had_group = True
        self._group, self._assignee = target, None
        self._update(at, by, **values)
        if target is not None and rng.random() < 0.7:
            self._schedule(at + 1 + int(rng.random() * 5 * MINUTE), self._assign)

    def _assign(self, at: int) -> None:
        if self._group is None:
            return
        self._assignee = self._group.members.pick(self._rng)
        state = {} if self._is_on_hold() else _state("2")
        self._update(at, self._assignee.user_name, assigned_to=self._assignee.sys_id, **state)
        self.first_assigned = min(self.first_assigned or at, at)

    def _hold(self, at: int) -> None:
        self.holds.append((at, None))
        self._update(at, self._actor(), **_state("3"), hold_reason=_HOLD_REASONS.pick(self._rng))

    def _resume(self, at: int) -> None:
        if self._is_on_hold():
            self.holds[-1] = (self.holds[-1][0], at)
            self._update(at, self._actor(), **_state("2"), hold_reason="")

    def _note(self, at: int) -> None:
        """A comment or work note: it moves the row's system columns and nothing else an extractor reads."""
        self._update(at, self._actor() if self._rng.random() < 0.6 else self._birth.opener.user_name)

    def _edit(self, at: int) -> None:
        roll, by = self._rng.random(), self._actor()
        if roll < 0.3 and self.reprioritised is None and self._birth.role.kind != "major":
            impact = 1 + self._birth.impact % 3
            priority = PRIORITY[impact, self._birth.urgency]
            self.reprioritised = (at, priority)
            self._update(at, by, impact=str(impact), priority=str(priority))
        elif roll < 0.6:
            category = one_of(("software", "hardware", "network", "database"), self._rng)
            self._update(at, by, category=category, subcategory="")
        elif roll < 0.75:
            self._update(at, by, short_description=f"{self._birth.values['short_description'][:150]} (updated)")
        elif roll < 0.9:
            self._update(at, by, escalation="1", follow_up=stamp(at + DAY))
        else:
            self._update(at, by, u_vendor=self._people.vendors.pick(self._rng), u_vendor_ticket=f"V{at % 99991}")

    def _is_on_hold(self) -> bool:
        return bool(self.holds) and self.holds[-1][1] is None

    # -- the end -----------------------------------------------------------------------------------

    def _durations(self, at: int) -> Row:
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
        if ending in (Ending.SELF_CLEARED, Ending.UNTOUCHED):
            return values
        if self._assignee is None and self._group is not None:
            self._assignee = self._group.members.pick(self._rng)
            values["assigned_to"] = self._assignee.sys_id
        return values

    def _resolve(self, at: int, ending: Ending) -> None:
        values = self._closing_fields(ending, at)
        resolved = at
        if self._birth.oddity == oddities.RESOLVED_BEFORE_OPENED:
            resolved = self._birth.at - 2 * HOUR
        if self._is_on_hold():
            self.holds[-1] = (self.holds[-1][0], at)
        resolver = self._assignee or self._birth.opener
        self._update(
            at, resolver.user_name, **_state("6"), hold_reason="", resolved_at=stamp(resolved),
            resolved_by=resolver.sys_id, **values,
        )  # fmt: skip
        self.ended = self.ended or at

    def _after_resolution(self, resolved: int, ending: Ending) -> None:
        """Closed some days later, unless the caller comes back before."""
        rng, birth = self._rng, self._birth
        if birth.oddity == oddities.STALE_RESOLUTION or (rng.random() < _COMES_BACK and self._reopened < 3):
            back = resolved + HOUR + int(rng.random() * 3 * DAY)
            self._reopen(back)
            again = back + HOUR + int(_MEDIAN[birth.priority] * rng.lognormvariate(-0.5, _SPREAD))
            self._work(back, again, ending)
            if birth.oddity == oddities.STALE_RESOLUTION:
                return
            self._resolve(again, Ending.SOLVED)
            self._after_resolution(again, Ending.SOLVED)
        elif rng.random() < 0.12:
            self._close(resolved + int(rng.random() * DAY) + 1, birth.opener.user_name, birth.opener, {})
        else:
            days = 7 if rng.random() < 0.8 else 5
            self._close(resolved + days * DAY + int(rng.random() * HOUR), "system", self._people.system, {})

    def _reopen(self, at: int) -> None:
        self._reopened += 1
        values = _state("2") | {
            "reopen_count": str(self._reopened),
            "reopened_time": stamp(at),
            "reopened_by": self._birth.opener.sys_id,
        }
        if self._birth.oddity != oddities.STALE_RESOLUTION:
            values |= {"resolved_at": "", "resolved_by": "", "close_code": "", "close_notes": ""}
        self._update(at, self._birth.opener.user_name, **values)

    def _close(self, at: int, user_name: str, closer: Person, values: Row) -> None:
        self._update(
            at, user_name, **_state("7"), active="false", closed_at=stamp(at), closed_by=closer.sys_id, **values
        )
        self.ended = self.ended or at

    def _cancel(self, at: int) -> None:
        self.is_cancelled = True
        self._update(
            at, self._birth.opener.user_name, **_state("8"), active="false", closed_at=stamp(at),
            closed_by=self._birth.opener.sys_id, close_notes="Withdrawn by the caller.", hold_reason="",
        )  # fmt: skip
        self.ended = at


def _state(code: str) -> Row:
    """`incident_state` mirrors `state` (Table API reference, section 5.2)."""
    return {"state": code, "incident_state": code}
