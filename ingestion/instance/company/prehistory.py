"""What is older than the history: tickets from before the start, still open or still referred to."""

from random import Random

from ingestion.instance.company.choosing import one_of
from ingestion.instance.company.identity import sys_id_of
from ingestion.instance.company.landscape import Landscape
from ingestion.instance.company.life import CREATE, UPDATE, Event, in_time_order
from ingestion.instance.company.people import People
from ingestion.instance.company.problems import problem_life
from ingestion.instance.timestamps import DAY, stamp

_EACH = 6


class Prehistory:
    """A few problems, changes and incidents from one to three years before the history begins.

    Half of the problems and of the incidents are still active, so an extractor that keeps active
    tickets of any age has something to keep; the others are known from references alone.
    """

    def __init__(self, seed: int, start: int, people: People, landscape: Landscape) -> None:
        self._seed = seed
        self._start = start
        self._people = people
        self._landscape = landscape
        self._rng = Random(f"{seed}:prehistory")

    def problem(self, rng: Random) -> str:
        """The sys_id of one of the old problems."""
        return sys_id_of(self._seed, "old problem", int(rng.random() * _EACH))

    def change(self, rng: Random) -> str:
        """The sys_id of one of the old changes."""
        return sys_id_of(self._seed, "old change", int(rng.random() * _EACH))

    def incident(self, rng: Random) -> str:
        """The sys_id of one of the old closed incidents."""
        return sys_id_of(self._seed, "old incident", 2 * int(rng.random() * (_EACH // 2)))

    def incidents(self) -> list[str]:
        """The sys_ids of all old incidents."""
        return [sys_id_of(self._seed, "old incident", place) for place in range(_EACH)]

    def events(self) -> list[Event]:
        """Everything that happened before the start, in time order."""
        events: list[Event] = []
        for place in range(_EACH):
            at = self._start - int(self._rng.uniform(400, 1000) * DAY)
            events += self._problem(place, at) + self._change(place, at) + self._incident(place, at)
        return in_time_order([event for event in events if event.at < self._start])

    def _problem(self, place: int, at: int) -> list[Event]:
        sys_id = sys_id_of(self._seed, "old problem", place)
        rng = Random(f"{self._seed}:old problem:{place}")
        life = problem_life(sys_id, f"PRB{30_001 + place:07d}", at, rng, self._people, self._landscape, pace=0.3)
        return life[:3] if place % 2 else life

    def _change(self, place: int, at: int) -> list[Event]:
        sys_id, number = sys_id_of(self._seed, "old change", place), f"CHG{20_001 + place:07d}"
        item, owner = self._landscape.any_item(self._rng), one_of(self._people.staff, self._rng)
        values = {
            "number": number,
            "task_effective_number": number,
            "short_description": f"Migrate {item.name}",
            "type": "normal",
            "state": "-1",
            "opened_at": stamp(at),
            "opened_by": owner.sys_id,
            "requested_by": owner.sys_id,
            "cmdb_ci": item.sys_id,
            "start_date": stamp(at + 5 * DAY),
            "end_date": stamp(at + 6 * DAY),
        }
        closing = {"state": "3", "active": "false", "closed_at": stamp(at + 7 * DAY), "close_code": "successful"}
        return [
            Event(at, CREATE, "change_request", sys_id, values, owner.user_name),
            Event(at + 7 * DAY, UPDATE, "change_request", sys_id, closing, owner.user_name),
        ]

    def _incident(self, place: int, at: int) -> list[Event]:
        """Even ones were closed long before the start, odd ones wait to this day."""
        sys_id, number = sys_id_of(self._seed, "old incident", place), f"INC{9_001 + place:07d}"
        caller, group = one_of(self._people.staff, self._rng), one_of(self._people.groups, self._rng)
        worker = group.members.pick(self._rng)
        values = {
            "number": number,
            "task_effective_number": number,
            "short_description": "Old request that nobody dares to close"
            if place % 2
            else "Outage of the old mail system",
            "category": "software",
            "impact": "3",
            "urgency": "3",
            "priority": "5",
            "opened_at": stamp(at),
            "opened_by": caller.sys_id,
            "caller_id": caller.sys_id,
            "assignment_group": group.sys_id,
        }
        events = [Event(at, CREATE, "incident", sys_id, values, caller.user_name)]
        waiting = {"state": "3", "incident_state": "3", "hold_reason": "4", "assigned_to": worker.sys_id}
        events.append(Event(at + DAY, UPDATE, "incident", sys_id, waiting, worker.user_name))
        if place % 2 == 0:
            done = at + 20 * DAY
            closing = {
                "state": "7", "incident_state": "7", "hold_reason": "", "active": "false", "resolved_at": stamp(done),
                "resolved_by": worker.sys_id, "closed_at": stamp(done), "closed_by": worker.sys_id,
                "close_code": "Solution provided", "close_notes": "Replaced.",
            }  # fmt: skip
            events.append(Event(done, UPDATE, "incident", sys_id, closing, worker.user_name))
        return events
