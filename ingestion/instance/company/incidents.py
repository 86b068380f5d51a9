"""Incidents with all that hangs on them: SLAs, affected items, tasks, links, deletion."""

from random import Random

from ingestion.instance.company.arrivals import Arrivals
from ingestion.instance.company.births import Birth, Births
from ingestion.instance.company.changes import Changes
from ingestion.instance.company.choosing import one_of
from ingestion.instance.company.course import Course
from ingestion.instance.company.identity import sys_id_of
from ingestion.instance.company.landscape import Landscape
from ingestion.instance.company.life import CREATE, DELETE, UPDATE, VANISH, Event, in_time_order
from ingestion.instance.company.people import People
from ingestion.instance.company.prehistory import Prehistory
from ingestion.instance.company.problems import Problems
from ingestion.instance.company.slas import Agreements, run
from ingestion.instance.timestamps import DAY, HOUR, stamp

_BLAMES_A_CHANGE = 0.03
_ASKS_FOR_A_CHANGE = 0.015
_BELONGS_TO_A_PROBLEM = 0.025
_HAS_TASKS = 0.03
_DELETED = 0.004
_DELETED_WITHOUT_TRACE = 0.25


class Incidents:
    """All incidents of a company."""

    def __init__(
        self,
        seed: int,
        arrivals: Arrivals,
        people: People,
        landscape: Landscape,
        agreements: Agreements,
        changes: Changes,
        problems: Problems,
        prehistory: Prehistory,
    ) -> None:
        self.arrivals = arrivals
        self._seed = seed
        self._births = Births(seed, people, landscape)
        self._people = people
        self._landscape = landscape
        self._agreements = agreements
        self._changes = changes
        self._problems = problems
        self._prehistory = prehistory

    def sys_id(self, index: int) -> str:
        """The sys_id of incident `index`."""
        return self._births.sys_id(index)

    def life(self, index: int) -> list[Event]:
        """An incident from creation to closure, or to its deletion."""
        rng, at = self.arrivals.rng(index), self.arrivals.at(index)
        birth = self._births.born(index, at, rng)
        blamed = self._blame(birth, rng)
        course = Course(birth, rng, self._people)
        course.run()
        events = [
            Event(at, CREATE, "incident", birth.sys_id, birth.values, birth.opener.user_name),
            *course.handling.events,
            *self._slas(birth, course),
            *self._items(birth, rng),
        ]
        until = course.ended or at + DAY
        if blamed:
            when = at + (until - at) // 2
            events.append(Event(when, UPDATE, "incident", birth.sys_id, {"caused_by": blamed}, "system"))
        events += self._links(birth, until, rng)
        if rng.random() < _HAS_TASKS:
            events += self._tasks(birth, until, rng)
        for count, child in enumerate(birth.role.children, 1):
            moment = self.arrivals.at(child)
            events.append(Event(moment, UPDATE, "incident", birth.sys_id, {"child_incidents": str(count)}, "system"))
        in_time_order(events)
        return self._perhaps_deleted(birth, events, rng)

    def _blame(self, birth: Birth, rng: Random) -> str:
        """Some incidents are the doing of a change: they befall its item, and name it later."""
        if rng.random() >= _BLAMES_A_CHANGE or birth.role.kind != "single":
            return ""
        change = self._changes.blamed(birth.at)
        if change is None:
            return ""
        birth.values["cmdb_ci"] = change.item.sys_id
        birth.values["business_service"] = change.item.service
        return change.sys_id

    def _slas(self, birth: Birth, course: Course) -> list[Event]:
        """Response and resolution; a new priority ends the one resolution and attaches another, from the same start."""
        at, priority, handling = birth.at, birth.priority, course.handling
        is_unanswered = handling.first_assigned is None
        events, _ = run(
            self._agreements.response[priority],
            birth.sys_id,
            self._key("response", birth),
            start=at,
            attached=at,
            end=handling.first_assigned or course.ended,
            is_cancelled=course.is_cancelled and is_unanswered,
        )
        attached, changed = at, handling.reprioritised
        if changed is not None and (course.ended is None or changed[0] < course.ended):
            replaced, _ = run(
                self._agreements.resolution[priority],
                birth.sys_id,
                self._key("resolution", birth),
                start=at,
                attached=at,
                end=changed[0],
                pauses=handling.holds,
                is_cancelled=True,
            )
            events += replaced
            attached, priority = changed
        resolution, breach = run(
            self._agreements.resolution[priority],
            birth.sys_id,
            self._key(f"resolution {attached}", birth),
            start=at,
            attached=attached,
            end=course.ended,
            pauses=handling.holds,
            is_cancelled=course.is_cancelled,
        )
        events += resolution
        if breach is not None:
            missed = max(breach, attached)
            events.append(Event(missed, UPDATE, "incident", birth.sys_id, {"made_sla": "false"}, "system"))
        return events

    def _key(self, kind: str, birth: Birth) -> str:
        return sys_id_of(self._seed, f"task_sla {kind}", birth.index)

    def _items(self, birth: Birth, rng: Random) -> list[Event]:
        """Rows of `task_ci`: the ticket's own item, and for some another one."""
        items = [birth.values["cmdb_ci"]] if birth.item is not None and rng.random() < 0.9 else []
        if rng.random() < 0.05:
            items.append(self._landscape.any_item(rng).sys_id)
        return [
            Event(
                birth.at, CREATE, "task_ci", sys_id_of(self._seed, f"task_ci {place}", birth.index),
                {"task": birth.sys_id, "ci_item": item, "manual_proposed_change": "false"}, "system",
            )
            for place, item in enumerate(dict.fromkeys(items))
        ]  # fmt: skip

    def _links(self, birth: Birth, until: int, rng: Random) -> list[Event]:
        """Problem and change the ticket is linked with while it is worked on; some of them are years old."""
        when = birth.at + (until - birth.at) // 3
        values = {}
        if rng.random() < _BELONGS_TO_A_PROBLEM:
            is_old = rng.random() < 0.15
            values["problem_id"] = self._prehistory.problem(rng) if is_old else self._problems.known_at(birth.at, rng)
        if rng.random() < _ASKS_FOR_A_CHANGE:
            change = self._changes.latest(birth.at)
            values["rfc"] = self._prehistory.change(rng) if rng.random() < 0.1 or change is None else change.sys_id
        if rng.random() < 0.001 and birth.role.parent is None:
            values["parent_incident"] = self._prehistory.incident(rng)
        return [Event(when, UPDATE, "incident", birth.sys_id, values, "system")] if any(values.values()) else []

    def _tasks(self, birth: Birth, until: int, rng: Random) -> list[Event]:
        events: list[Event] = []
        for place in range(1 + int(rng.random() * 2)):
            sys_id = sys_id_of(self._seed, f"incident_task {place}", birth.index)
            number = f"INT{2 * birth.index + place + 10_001:07d}"
            group = one_of(self._people.groups, rng)
            worker = group.members.pick(rng)
            begin = birth.at + 60 + int((until - birth.at) * 0.4 * rng.random())
            done = begin + 60 + int((until - begin) * 0.9 * rng.random())
            values = {
                "number": number,
                "task_effective_number": number,
                "incident": birth.sys_id,
                "parent": birth.sys_id,
                "short_description": one_of(("Call the caller", "Order spare part", "Check the logs"), rng),
                "opened_at": stamp(begin),
                "opened_by": birth.opener.sys_id,
                "priority": birth.values["priority"],
                "assignment_group": group.sys_id,
                "assigned_to": worker.sys_id,
                "cmdb_ci": birth.values["cmdb_ci"],
            }
            closing = {"state": "3", "active": "false", "closed_at": stamp(done), "closed_by": worker.sys_id}
            events.append(Event(begin, CREATE, "incident_task", sys_id, values, birth.opener.user_name))
            events.append(Event(begin + 30, UPDATE, "incident_task", sys_id, {"state": "2"}, worker.user_name))
            events.append(Event(done, UPDATE, "incident_task", sys_id, closing, worker.user_name))
        return events

    def _perhaps_deleted(self, birth: Birth, events: list[Event], rng: Random) -> list[Event]:
        """A few tickets are deleted, with all that hangs on them; some of these by a script that leaves no trace."""
        if rng.random() >= _DELETED or birth.role.kind != "single":
            return events
        kind = VANISH if rng.random() < _DELETED_WITHOUT_TRACE else DELETE
        when = birth.at + HOUR + int(rng.expovariate(1 / (12 * DAY)))
        if kind == VANISH and 0 < when - self.arrivals.end <= DAY:
            # A demonstration of some hours shall know its silent deletions: none in the first day of the future.
            when += DAY
        kept = [event for event in events if event.at <= when]
        by = birth.opener.user_name
        kept.append(Event(when, kind, "incident", birth.sys_id, {}, by))
        # Dependent rows go by cascade, in the name of `system` (Table API reference, section 7).
        kept += [
            Event(when, kind, event.table, event.sys_id, {}, "system")
            for event in kept
            if event.kind == CREATE and event.table != "incident"
        ]
        return kept
