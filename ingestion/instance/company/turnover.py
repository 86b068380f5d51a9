"""Reference data that goes on changing: people join and leave, machines are found and scrapped."""

from ingestion.instance.company.arrivals import Arrivals
from ingestion.instance.company.choosing import one_of
from ingestion.instance.company.identity import sys_id_of
from ingestion.instance.company.life import CREATE, DELETE, UPDATE, Event, in_time_order
from ingestion.instance.company.names import FIRST_NAMES, LAST_NAMES
from ingestion.instance.company.people import People
from ingestion.instance.timestamps import DAY, HOUR, stamp


class Joiners:
    """New users; some become members of a group, some leave again, a few are deleted."""

    def __init__(self, seed: int, arrivals: Arrivals, people: People) -> None:
        self.arrivals = arrivals
        self._seed = seed
        self._people = people

    def life(self, index: int) -> list[Event]:
        """A user from the first day on."""
        rng, at = self.arrivals.rng(index), self.arrivals.at(index)
        user = sys_id_of(self._seed, "joiner", index)
        first, last = one_of(FIRST_NAMES, rng), one_of(LAST_NAMES, rng)
        mentor = one_of(self._people.staff, rng)
        user_name = f"joiner.{index}"
        values = {
            "user_name": user_name,
            "name": f"{first} {last}",
            "first_name": first,
            "last_name": last,
            "email": f"{user_name}@corp.example",
            "vip": "false",
            "locked_out": "false",
            "web_service_access_only": "false",
            "internal_integration_user": "false",
            "manager": mentor.sys_id,
            "location": mentor.location,
            "company": mentor.company,
        }
        events = [Event(at, CREATE, "sys_user", user, values, "hr.import")]
        login = at + 4 * HOUR
        events.append(Event(login, UPDATE, "sys_user", user, {"last_login_time": stamp(login)}, user_name))
        member = sys_id_of(self._seed, "joiner member", index)
        leaves = None
        if rng.random() < 0.5:
            membership = {"user": user, "group": one_of(self._people.groups, rng).sys_id}
            events.append(Event(at + DAY, CREATE, "sys_user_grmember", member, membership, "admin"))
            if rng.random() < 0.4:
                leaves = at + 2 * DAY + int(rng.expovariate(1 / (60 * DAY)))
        if rng.random() < 0.3:
            gone = at + 5 * DAY + int(rng.expovariate(1 / (120 * DAY)))
            events.append(Event(gone, UPDATE, "sys_user", user, {"active": "false", "locked_out": "true"}, "hr.import"))
            if rng.random() < 0.3:
                deleted = gone + 30 * DAY
                leaves = min(leaves or deleted, deleted)
                events.append(Event(deleted, DELETE, "sys_user", user, {}, "hr.import"))
        if leaves is not None:
            # Does nothing where there was no membership to end.
            events.append(Event(leaves, DELETE, "sys_user_grmember", member, {}, "system"))
        return in_time_order(events)


class Discoveries:
    """New machines; discovery sees them again and again, and some are scrapped."""

    def __init__(self, seed: int, arrivals: Arrivals, people: People) -> None:
        self.arrivals = arrivals
        self._seed = seed
        self._people = people

    def life(self, index: int) -> list[Event]:
        """A configuration item from its discovery on."""
        rng, at = self.arrivals.rng(index), self.arrivals.at(index)
        item = sys_id_of(self._seed, "discovered", index)
        table = one_of(("cmdb_ci_linux_server", "cmdb_ci_win_server", "cmdb_ci_netgear"), rng)
        group = self._people.by_discipline["servers"].pick(rng).sys_id
        values = {
            "name": f"new-{index:05d}",
            "install_status": "1",
            "operational_status": "1",
            "environment": one_of(("production", "test"), rng),
            "support_group": group,
            "discovery_source": "ServiceNow",
            "first_discovered": stamp(at),
            "last_discovered": stamp(at),
            "sys_class_path": f"/!!/{table[5:]}",
        }
        events = [Event(at, CREATE, table, item, values, "discovery")]
        moment = at
        for _ in range(int(rng.random() * 4)):
            moment += DAY + int(rng.expovariate(1 / (25 * DAY)))
            events.append(Event(moment, UPDATE, table, item, {"last_discovered": stamp(moment)}, "discovery"))
        if rng.random() < 0.15:
            moment += int(rng.expovariate(1 / (90 * DAY)))
            scrapped = {"install_status": "7", "operational_status": "6"}
            events.append(Event(moment, UPDATE, table, item, scrapped, "discovery"))
            if rng.random() < 0.5:
                events.append(Event(moment + 10 * DAY, DELETE, table, item, {}, "discovery"))
        return in_time_order(events)
