"""How a ticket begins: what broke, who says so, how bad it is and who gets it first."""

from dataclasses import dataclass
from random import Random

from ingestion.instance.company.choosing import Weighted, one_of
from ingestion.instance.company.identity import Row, sys_id_of
from ingestion.instance.company.landscape import Item, Landscape
from ingestion.instance.company.oddities import NO_GROUP, course_oddity, distort
from ingestion.instance.company.people import Group, People, Person
from ingestion.instance.company.plan import Plan, Role
from ingestion.instance.timestamps import stamp
from ingestion.instance.titles import HUMAN_TOPICS, MACHINE_TOPICS, Topic, describe, fill, spoil

#: Share of tickets that monitoring opens, and of these that come by way of BigPanda.
_MACHINE_SHARE = 0.42
_BIGPANDA_SHARE = 0.35
#: Priority by (impact, urgency), as out of the box (Table API reference, section 5.4).
PRIORITY = {(1, 1): 1, (1, 2): 2, (1, 3): 3, (2, 1): 2, (2, 2): 3, (2, 3): 4, (3, 1): 3, (3, 2): 4, (3, 3): 5}
_SEVERITIES = Weighted(
    ((1, 1), (1, 2), (2, 1), (1, 3), (2, 2), (3, 1), (2, 3), (3, 2), (3, 3)),
    (0.8, 2.0, 2.2, 3.0, 42.0, 6.0, 20.0, 12.0, 12.0),
)
_MACHINE_TOPICS = Weighted(MACHINE_TOPICS, [topic.weight for topic in MACHINE_TOPICS])
_HUMAN_TOPICS = Weighted(HUMAN_TOPICS, [topic.weight for topic in HUMAN_TOPICS])
_CONTACT = Weighted(("phone", "email", "self-service", "walk-in", "chat", "virtual_agent", ""),
                    (34.0, 26.0, 22.0, 6.0, 7.0, 4.0, 1.0))  # fmt: skip
_IMPACTS = (
    "Payments cannot be processed", "Production line 3 stands still", "Customers see an error page",
    "Month-end closing is delayed", "Café terminals offline – cash only",
)  # fmt: skip


@dataclass(slots=True)
class Birth:
    """A ticket at the moment of its creation. `home` is the group that can solve it."""

    index: int
    sys_id: str
    at: int
    role: Role
    oddity: str
    is_machine: bool
    opener: Person
    impact: int
    urgency: int
    group: Group | None
    home: Group
    item: Item | None
    values: Row

    @property
    def priority(self) -> int:
        """By the matrix of impact and urgency."""
        return PRIORITY[self.impact, self.urgency]


class Births:
    """Makes tickets of a seed's company begin."""

    def __init__(self, seed: int, people: People, landscape: Landscape) -> None:
        self._seed = seed
        self._people = people
        self._landscape = landscape
        self._plan = Plan(seed)

    def sys_id(self, index: int) -> str:
        """The sys_id of ticket `index`."""
        return sys_id_of(self._seed, "incident", index)

    def born(self, index: int, at: int, rng: Random) -> Birth:
        """Ticket `index`, created at `at`."""
        role, oddity = self._plan.role(index), course_oddity(index)
        # Tickets that belong together are about the same: they throw the same dice for topic and item.
        shared = Random(f"{self._seed}:storm:{role.leader}") if role.leader is not None else rng
        is_machine = role.kind in ("storm", "echo") or (role.kind == "single" and rng.random() < _MACHINE_SHARE)
        topic = (_MACHINE_TOPICS if is_machine else _HUMAN_TOPICS).pick(shared)
        item = self._item(topic, is_machine, shared, rng)
        impact, urgency = one_of(((1, 1), (1, 2)), rng) if role.kind == "major" else _SEVERITIES.pick(rng)
        home = self._home(topic, item, rng)
        moment = stamp(at)
        title = fill(
            one_of(topic.titles, rng), rng, moment, item.name if item else "", item.service_name if item else ""
        )
        if not is_machine:
            title = spoil(title, rng)
        opener, caller = self._reporters(is_machine, rng)
        number = f"INC{10_001 + index:07d}"
        birth = Birth(
            index, self.sys_id(index), at, role, oddity, is_machine, opener, impact, urgency,
            None if oddity == NO_GROUP else self._first_group(is_machine, home, rng), home, item, {},
        )  # fmt: skip
        birth.values = {
            "number": number,
            "task_effective_number": number,
            "short_description": title[:160],
            "description": describe(title, rng, moment, is_machine),
            "category": topic.category,
            "subcategory": topic.subcategory,
            "contact_type": ("monitoring" if is_machine else _CONTACT.pick(rng)),
            "opened_at": stamp(at if is_machine else at - int(rng.random() * 400)),
            "opened_by": opener.sys_id,
            "caller_id": caller.sys_id,
            "location": caller.location,
            "company": caller.company,
            "impact": str(impact),
            "urgency": str(urgency),
            "priority": str(birth.priority),
            "severity": str(impact),
            "assignment_group": birth.group.sys_id if birth.group else "",
            "cmdb_ci": item.sys_id if item else "",
            "business_service": item.service if item else "",
            "u_environment": "production" if item else "",
        }
        if opener is self._people.bigpanda:
            birth.values["u_bp_incident_id"] = sys_id_of(self._seed, "bigpanda", index)[:24]
        if birth.priority <= 2 or rng.random() < 0.04:
            birth.values["business_impact"] = one_of(_IMPACTS, rng)
        if role.parent is not None:
            birth.values["parent_incident"] = self.sys_id(role.parent)
        if rng.random() < 0.05:
            birth.values["watch_list"] = f"{self._people.callers.pick(rng).sys_id},boss@corp.example"
        if rng.random() < 0.02:
            birth.values["correlation_id"] = f"EXT-{index:06d}"
            birth.values["correlation_display"] = "Partner desk"
        distort(birth.values, index, rng, at)
        return birth

    def _item(self, topic: Topic, is_machine: bool, shared: Random, rng: Random) -> Item | None:
        if topic.ci_class:
            item = self._landscape.by_class[topic.ci_class].pick(shared)
            return item if is_machine or rng.random() < 0.6 else None
        return self._landscape.any_item(rng) if rng.random() < 0.08 else None

    def _home(self, topic: Topic, item: Item | None, rng: Random) -> Group:
        if item is not None and rng.random() < 0.5:
            supporter = self._people.group_of.get(item.group)
            if supporter is not None:
                return supporter
        return self._people.by_discipline[topic.discipline].pick(rng)

    def _first_group(self, is_machine: bool, home: Group, rng: Random) -> Group | None:
        roll = rng.random()
        if is_machine:
            return home if roll < 0.78 else self._people.by_discipline["servers"].items[0] if roll < 0.96 else None
        return self._people.by_discipline["service desk"].pick(rng) if roll < 0.72 else home if roll < 0.9 else None

    def _reporters(self, is_machine: bool, rng: Random) -> tuple[Person, Person]:
        """Who opened the ticket, and for whom."""
        people = self._people
        if is_machine:
            opener = people.bigpanda if rng.random() < _BIGPANDA_SHARE else people.monitoring
            return opener, opener
        caller = people.callers.pick(rng)
        roll = rng.random()
        if roll < 0.35:
            return caller, caller
        if roll < 0.5:
            return people.portal, caller
        return people.by_discipline["service desk"].items[0].members.pick(rng), caller
