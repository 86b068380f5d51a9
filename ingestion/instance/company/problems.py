"""Problems: the trouble behind incidents, looked into for weeks."""

from random import Random

from ingestion.instance.company.arrivals import Arrivals
from ingestion.instance.company.choosing import one_of
from ingestion.instance.company.identity import Row, sys_id_of
from ingestion.instance.company.landscape import Landscape
from ingestion.instance.company.life import CREATE, UPDATE, Event, in_time_order
from ingestion.instance.company.people import People
from ingestion.instance.timestamps import DAY, stamp

_TITLES = (
    "Recurring outages of {service}", "{item} restarts without reason", "Memory leak in {service}",
    "Intermittent packet loss at {item}", "Slow logon of users of {service}",
)  # fmt: skip


class Problems:
    """All problems."""

    def __init__(self, seed: int, arrivals: Arrivals, people: People, landscape: Landscape) -> None:
        self.arrivals = arrivals
        self._seed = seed
        self._people = people
        self._landscape = landscape

    def sys_id(self, index: int) -> str:
        """The sys_id of problem `index`."""
        return sys_id_of(self._seed, "problem", index)

    def known_at(self, moment: int, rng: Random) -> str:
        """The sys_id of a problem opened before `moment`, a recent one rather than an old one; '' = none yet."""
        newest = self.arrivals.until(moment)
        return self.sys_id(max(0, newest - 1 - int(rng.expovariate(0.4)))) if newest else ""

    def life(self, index: int) -> list[Event]:
        """A problem from its first report to its closure, which may lie years ahead."""
        rng, at = self.arrivals.rng(index), self.arrivals.at(index)
        return problem_life(self.sys_id(index), f"PRB{40_001 + index:07d}", at, rng, self._people, self._landscape)


def problem_life(
    sys_id: str, number: str, at: int, rng: Random, people: People, landscape: Landscape, *, pace: float = 1.0
) -> list[Event]:
    """The events of one problem; `pace` below 1 makes it shorter."""
    item = landscape.any_item(rng)
    group = people.group_of.get(item.group) or one_of(people.groups, rng)
    opener, owner = group.members.pick(rng), group.members.pick(rng)
    title = one_of(_TITLES, rng).format(item=item.name, service=item.service_name)
    first: Row = {
        "number": number,
        "task_effective_number": number,
        "short_description": title,
        "description": f"{title}.\nSee the linked incidents.",
        "state": "101",
        "problem_state": "101",
        "known_error": "false",
        "major_problem": "true" if rng.random() < 0.1 else "false",
        "impact": "2",
        "urgency": "2",
        "priority": one_of(("2", "3", "3", "4"), rng),
        "category": one_of(("hardware", "software", "network", "database"), rng),
        "opened_at": stamp(at),
        "opened_by": opener.sys_id,
        "assignment_group": group.sys_id,
        "cmdb_ci": item.sys_id,
        "business_service": item.service,
        "reopen_count": "0",
    }
    events = [Event(at, CREATE, "problem", sys_id, first, opener.user_name)]

    def step(days: float, **values: str) -> int:
        moment = events[-1].at + 60 + int(rng.expovariate(1 / (days * DAY)) * pace)
        if "state" in values:
            values["problem_state"] = values["state"]
        events.append(Event(moment, UPDATE, "problem", sys_id, values, owner.user_name))
        return moment

    step(2, state="102", assigned_to=owner.sys_id)
    step(6, state="103", cause_notes="<p>Under investigation &amp; reproduced.</p>")
    if rng.random() < 0.4:
        step(5, known_error="true", workaround="<p>Restart the service.</p>")
    if rng.random() < 0.15:  # nobody ever finds the cause
        return in_time_order(events)
    step(15, state="104", fix_notes="<p>Fix is being tested.</p>")
    resolved = step(20, state="106", resolution_code=one_of(("fix_applied", "fix_applied", "risk_accepted"), rng))
    events[-1].values.update(resolved_at=stamp(resolved), resolved_by=owner.sys_id)
    closed = step(5, state="107", active="false", closed_by=owner.sys_id)
    events[-1].values.update(closed_at=stamp(closed))
    return in_time_order(events)
