"""Changes: planned, carried out, sometimes failed, sometimes the cause of incidents."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from ingestion.instance.company.arrivals import Arrivals
from ingestion.instance.company.choosing import Weighted, one_of
from ingestion.instance.company.identity import Row, sys_id_of
from ingestion.instance.company.landscape import Item, Landscape
from ingestion.instance.company.life import CREATE, UPDATE, Event, in_time_order
from ingestion.instance.company.people import Group, People, Person
from ingestion.instance.timestamps import DAY, HOUR, MINUTE, stamp

_TYPES = Weighted(("normal", "standard", "emergency"), (5.0, 4.0, 1.0))
#: Days between request and planned start.
_LEAD = {"normal": (3, 12), "standard": (1, 5), "emergency": (0, 1)}
_CODES = Weighted(("successful", "successful_issues", "unsuccessful"), (84.0, 9.0, 7.0))
_CANCELLED = 0.06
_BLAMED_WITHIN = 12 * HOUR
_TITLES = (
    "Patch {item}", "Upgrade {service} to release {number}", "Replace disk in {item}", "Firewall rule for {service}",
    "Restart {item} after configuration change", "Deploy {service} build {number}", "Renew certificate on {item}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it is known at its creation; moments are seconds since 1970."""

    sys_id: str
    number: str
    kind: str
    created: int
    planned_start: int
    planned_end: int
    work_start: int
    work_end: int
    item: Item
    group: Group
    requester: Person
    assignee: Person
    close_code: str
    is_cancelled: bool


class Changes:
    """All change requests with their tasks."""

    def __init__(self, seed: int, arrivals: Arrivals, people: People, landscape: Landscape) -> None:
        self.arrivals = arrivals
        self._seed = seed
        self._people = people
        self._landscape = landscape
        self.change = lru_cache(maxsize=2048)(self._change)

    def _change(self, index: int) -> Change:
        """What change `index` is about, and how it will go."""
        rng = self.arrivals.rng(index)
        created = self.arrivals.at(index)
        item = self._landscape.any_item(rng)
        group = self._people.group_of.get(item.group) or one_of(self._people.groups, rng)
        kind = _TYPES.pick(rng)
        start = created + int(rng.uniform(*_LEAD[kind]) * DAY)
        start -= start % (15 * MINUTE)
        end = start + one_of((1, 2, 4, 8), rng) * HOUR
        work_start = max(start + int(rng.uniform(-5, 20) * MINUTE), created + MINUTE)
        work_end = work_start + max(int((end - start) * rng.lognormvariate(-0.2, 0.4)), MINUTE)
        return Change(
            sys_id_of(self._seed, "change_request", index), f"CHG{30_001 + index:07d}", kind, created, start, end,
            work_start, work_end, item, group, one_of(self._people.staff, rng), group.members.pick(rng),
            _CODES.pick(rng), rng.random() < _CANCELLED,
        )  # fmt: skip

    def blamed(self, moment: int) -> Change | None:
        """The change an incident at `moment` may be put down to: ended shortly before, a failed one first."""
        newest = self.arrivals.until(moment)
        suspects = [
            change
            for index in range(max(0, newest - 40), newest)
            if not (change := self.change(index)).is_cancelled and 0 <= moment - change.work_end <= _BLAMED_WITHIN
        ]
        return min(suspects, key=lambda change: (change.close_code == "successful", -change.work_end), default=None)

    def latest(self, moment: int) -> Change | None:
        """The last change requested up to `moment`, None before the first."""
        newest = self.arrivals.until(moment)
        return self.change(newest - 1) if newest else None

    def life(self, index: int) -> list[Event]:
        """A change from request to closure, with its tasks."""
        change = self.change(index)
        rng = Random(f"{self._seed}:change course:{index}")
        by = change.assignee.user_name
        requester = change.requester.user_name
        events = [
            Event(change.created, CREATE, "change_request", change.sys_id, self._first_row(change, rng), requester)
        ]

        def step(at: int, user: str, **values: str) -> None:
            events.append(Event(at, UPDATE, "change_request", change.sys_id, values, user))

        lead = max(change.work_start - change.created, 4)
        step(change.created + lead // 4, requester, state="-4", phase="requested", assigned_to=change.assignee.sys_id)
        if change.is_cancelled:
            at = change.created + lead // 2
            closing = {"closed_at": stamp(at), "closed_by": change.requester.sys_id, "active": "false"}
            step(at, requester, state="4", **closing)
            return in_time_order(events)
        if change.kind == "normal":
            step(change.created + lead // 2, "system", state="-3", approval="requested")
        step(change.created + lead * 3 // 4, "system", state="-2", approval="approved")
        step(change.work_start, by, state="-1", phase="implement", work_start=stamp(change.work_start))
        step(change.work_end, by, state="0", work_end=stamp(change.work_end))
        closed = change.work_end + int(rng.expovariate(1 / (2 * DAY)))
        step(
            closed, by, state="3", active="false", closed_at=stamp(closed), closed_by=change.assignee.sys_id,
            close_code=change.close_code, close_notes=f"Closed as {change.close_code}.",
        )  # fmt: skip
        for place in range(int(rng.random() * 4)):
            events += self._task(change, index * 4 + place, place, rng)
        return in_time_order(events)

    def _first_row(self, change: Change, rng: Random) -> Row:
        title = one_of(_TITLES, rng).format(
            item=change.item.name, service=change.item.service_name, number=change.created % 97
        )
        return {
            "number": change.number,
            "task_effective_number": change.number,
            "short_description": title,
            "description": f"{title}\n\nSee the implementation plan.",
            "type": change.kind,
            "state": "-5",
            "phase": "requested",
            "risk": one_of(("2", "3", "3", "4"), rng),
            "impact": "3",
            "priority": "4",
            "category": one_of(("Hardware", "Software", "Network", "Other"), rng),
            "opened_at": stamp(change.created),
            "opened_by": change.requester.sys_id,
            "requested_by": change.requester.sys_id,
            "assignment_group": change.group.sys_id,
            "cmdb_ci": change.item.sys_id,
            "business_service": change.item.service,
            "start_date": stamp(change.planned_start),
            "end_date": stamp(change.planned_end),
            "cab_required": "true" if change.kind == "normal" else "false",
            "unauthorized": "false",
            "on_hold": "false",
            "outside_maintenance_schedule": "false",
            "justification": "Keeps the service supportable.",
            "implementation_plan": "1. Announce\n2. Do\n3. Check",
            "backout_plan": "Restore the snapshot taken before.",
        }

    def _task(self, change: Change, key: int, place: int, rng: Random) -> list[Event]:
        sys_id = sys_id_of(self._seed, "change_task", key)
        number = f"CTASK{50_001 + key:07d}"
        begin = change.work_start + place * (change.work_end - change.work_start) // 4
        done = begin + max((change.work_end - change.work_start) // 4, 1)
        by = change.assignee.user_name
        values = {
            "number": number,
            "task_effective_number": number,
            "short_description": one_of(("Implement", "Test", "Inform users", "Take a snapshot"), rng),
            "change_request": change.sys_id,
            "parent": change.sys_id,
            "change_task_type": one_of(("planning", "implementation", "testing", "review"), rng),
            "state": "-5",
            "opened_at": stamp(change.created),
            "opened_by": change.requester.sys_id,
            "assignment_group": change.group.sys_id,
            "cmdb_ci": change.item.sys_id,
            "planned_start_date": stamp(change.planned_start),
            "planned_end_date": stamp(change.planned_end),
            "on_hold": "false",
        }
        closing = {
            "state": "3", "active": "false", "closed_at": stamp(done), "closed_by": change.assignee.sys_id,
            "work_end": stamp(done), "close_code": "successful",
        }  # fmt: skip
        return [
            Event(change.created + 1, CREATE, "change_task", sys_id, values, change.requester.user_name),
            Event(begin, UPDATE, "change_task", sys_id, {"state": "2", "work_start": stamp(begin)}, by),
            Event(done, UPDATE, "change_task", sys_id, closing, by),
        ]
