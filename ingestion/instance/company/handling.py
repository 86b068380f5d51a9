"""Work on a ticket between its creation and its end: who holds it, when it waits, what is corrected."""

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

from ingestion.instance.company import oddities
from ingestion.instance.company.births import PRIORITY, Birth
from ingestion.instance.company.choosing import Weighted, one_of
from ingestion.instance.company.identity import Row
from ingestion.instance.company.life import UPDATE, Event
from ingestion.instance.company.people import Group, People, Person
from ingestion.instance.timestamps import DAY, HOUR, MINUTE, stamp

_MACHINE_MOVES = Weighted((0, 1, 2, 3, 5, 8), (70.0, 20.0, 6.0, 2.5, 1.0, 0.5))
_HUMAN_MOVES = Weighted((0, 1, 2, 3, 4, 6, 9, 14), (38.0, 33.0, 15.0, 7.0, 4.0, 2.0, 0.8, 0.2))
_HOLD_REASONS = Weighted(("1", "5", "3", "4"), (70.0, 8.0, 6.0, 16.0))


class Handling:
    """The hands a ticket goes through. `events` grow with every step.

    After it: `group` and `assignee` hold the ticket, `holds` are the moments of pausing and resuming
    (None: not yet), `first_assigned` is the moment somebody took it, `reprioritised` the moment of a
    new priority and the priority.
    """

    def __init__(self, birth: Birth, rng: Random, people: People) -> None:
        self.events: list[Event] = []
        self.group: Group | None = birth.group
        self.assignee: Person | None = None
        self.holds: list[tuple[int, int | None]] = []
        self.first_assigned: int | None = None
        self.reprioritised: tuple[int, int] | None = None
        self._birth = birth
        self._rng = rng
        self._people = people
        self._had_group = birth.group is not None
        self._former: list[Group] = []
        self._moves = 0
        self._steps: list[tuple[int, int, Callable[[int], None]]] = []
        self._scheduled = 0

    @property
    def actor(self) -> str:
        """The user name of who holds the ticket; `system` where nobody does."""
        return self.assignee.user_name if self.assignee else "system"

    @property
    def is_on_hold(self) -> bool:
        """Whether the ticket waits."""
        return bool(self.holds) and self.holds[-1][1] is None

    def update(self, at: int, by: str, **values: str) -> None:
        """One more event of the ticket's row."""
        self.events.append(Event(at, UPDATE, "incident", self._birth.sys_id, values, by))

    def take(self) -> Person | None:
        """Makes somebody of the group hold the ticket if nobody does."""
        if self.assignee is None and self.group is not None:
            self.assignee = self.group.members.pick(self._rng)
        return self.assignee

    def work(self, start: int, until: int, *, for_good: bool) -> None:
        """Everything between two moments; `for_good` where no end will follow, so that a pause lasts."""
        rng, span = self._rng, until - start
        for _ in range(self._number_of_moves()):
            self._schedule(start + int(span * rng.random() * 0.85), self._move)
        self._schedule(start + int(min(span * 0.3, rng.expovariate(1 / (40 * MINUTE)))), self._assign)
        roll = rng.random()
        if roll < 0.22 and span > HOUR:
            begin = start + int(span * (0.2 + 0.4 * rng.random()))
            self._schedule(begin, self._hold)
            if not for_good and roll > 0.03:  # the others wait until the end
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
        return moves or (1 if self.group is None and self._rng.random() < 0.6 else 0)

    def _move(self, at: int) -> None:
        """Gives the ticket to another group; now and then back to a former one, or to none."""
        rng, by = self._rng, self.actor
        target: Group | None = self._birth.home
        roll = rng.random()
        if roll < 0.03 and self.group is not None:
            target = None
        elif roll < 0.3 and self._former:
            target = one_of(self._former, rng)
        elif roll < 0.45 or target is self.group:
            target = one_of(self._people.groups, rng)
        if target is self.group:
            return
        if self.group is not None:
            self._former.append(self.group)
        values = {"assignment_group": target.sys_id if target else "", "assigned_to": ""}
        if self._had_group:
            self._moves += 1
            values["reassignment_count"] = str(self._moves)
        self._had_group = True
        self.group, self.assignee = target, None
        self.update(at, by, **values)
        if target is not None and rng.random() < 0.7:
            self._schedule(at + 1 + int(rng.random() * 5 * MINUTE), self._assign)

    def _assign(self, at: int) -> None:
        if self.group is None:
            return
        self.assignee = self.group.members.pick(self._rng)
        state = {} if self.is_on_hold else state_values("2")
        self.update(at, self.assignee.user_name, assigned_to=self.assignee.sys_id, **state)
        self.first_assigned = min(self.first_assigned or at, at)

    def _hold(self, at: int) -> None:
        self.holds.append((at, None))
        self.update(at, self.actor, **state_values("3"), hold_reason=_HOLD_REASONS.pick(self._rng))

    def _resume(self, at: int) -> None:
        if self.is_on_hold:
            self.end_hold(at)
            self.update(at, self.actor, **state_values("2"), hold_reason="")

    def end_hold(self, at: int) -> None:
        """Ends the pause, if there is one."""
        if self.is_on_hold:
            self.holds[-1] = (self.holds[-1][0], at)

    def _note(self, at: int) -> None:
        """A comment or work note: it moves the row's system columns and nothing else an extractor reads."""
        self.update(at, self.actor if self._rng.random() < 0.6 else self._birth.opener.user_name)

    def _edit(self, at: int) -> None:
        roll, by = self._rng.random(), self.actor
        if roll < 0.3 and self.reprioritised is None and self._birth.role.kind != "major":
            impact = 1 + self._birth.impact % 3
            priority = PRIORITY[impact, self._birth.urgency]
            self.reprioritised = (at, priority)
            self.update(at, by, impact=str(impact), priority=str(priority))
        elif roll < 0.6:
            category = one_of(("software", "hardware", "network", "database"), self._rng)
            self.update(at, by, category=category, subcategory="")
        elif roll < 0.75:
            self.update(at, by, short_description=f"{self._birth.values['short_description'][:150]} (updated)")
        elif roll < 0.9:
            self.update(at, by, escalation="1", follow_up=stamp(at + DAY))
        else:
            self.update(at, by, u_vendor=self._people.vendors.pick(self._rng), u_vendor_ticket=f"V{at % 99991}")


def state_values(code: str) -> Row:
    """`incident_state` mirrors `state` (Table API reference, section 5.2)."""
    return {"state": code, "incident_state": code}
