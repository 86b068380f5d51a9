"""Who works at the company: places, departments, persons, technical users, groups and their members."""

from dataclasses import dataclass
from random import Random

from ingestion.instance.company.choosing import Weighted, one_of
from ingestion.instance.company.identity import Row, sys_id_of, system_columns
from ingestion.instance.company.names import (
    CITIES,
    DEPARTMENTS,
    FIRST_NAMES,
    GROUPS,
    IDLE_GROUPS,
    JOB_TITLES,
    LAST_NAMES,
    VENDORS,
)
from ingestion.instance.timestamps import DAY, stamp

#: Most reference data is older than any history window; some of it has not been touched for years.
_OLDEST = 9 * 365 * DAY


@dataclass(frozen=True, slots=True)
class Person:
    """A user as tickets see one."""

    sys_id: str
    user_name: str
    location: str
    company: str


@dataclass(frozen=True, slots=True)
class Group:
    """An assignment group; `pace` multiplies how long its tickets take."""

    sys_id: str
    name: str
    discipline: str
    members: Weighted[Person]
    pace: float


class People:
    """Everybody, as objects for the lives of tickets and as rows for the store."""

    def __init__(self, seed: int, tickets: int, start: int) -> None:
        self._seed = seed
        self._rng = Random(f"{seed}:people")
        self._start = start
        self.rows: dict[str, list[Row]] = {}
        self._companies = [self._add("core_company", name, {"name": name, "vendor": "true"}) for name in VENDORS]
        self.vendors = Weighted.by_rank(self._companies)
        self._home = self._add("core_company", "own", {"name": "Ticketlake Example Corp", "primary": "true"})
        self._locations = [
            self._add("cmn_location", city, {"name": city, "city": city, "country": country, "company": self._home})
            for city, country in CITIES
        ]
        self._departments = [
            self._add("cmn_department", name, {"name": name, "id": f"D{place:03d}", "company": self._home})
            for place, name in enumerate(DEPARTMENTS)
        ]
        self.staff = self._persons(min(max(tickets // 8, 60), 6000))
        self.callers = Weighted.by_rank(self.staff, 0.4)
        self.system = self._technical("system", "System")
        self.bigpanda = self._technical("bigpanda", "BigPanda Integration", internal_integration_user="true")
        self.monitoring = self._technical("monitoring", "Monitoring", web_service_access_only="true")
        self.portal = self._technical("svc.portal", "Portal Interface", internal_integration_user="true")
        self._technical("ticketlake", "Ticketlake Extractor", web_service_access_only="true")
        self.groups = self._all_groups()
        self.group_of = {group.sys_id: group for group in self.groups}
        self.by_discipline = {
            discipline: Weighted.by_rank([group for group in self.groups if group.discipline == discipline], 1.1)
            for discipline in GROUPS
        }

    def _add(self, table: str, key: int | str, values: Row) -> str:
        """Puts a row of reference data on the list and answers its sys_id."""
        sys_id = sys_id_of(self._seed, table, key)
        created = self._start - int(self._rng.random() ** 0.5 * _OLDEST)
        # Half has never been touched again; the rest at any time up to the start of the ticket history.
        touched = created + int(max(self._rng.random() * 2 - 1, 0) * (self._start - created))
        mods = 0 if touched == created else 1 + int(self._rng.random() * 30)
        row = system_columns(sys_id, stamp(created), stamp(touched), mods=mods) | values
        self.rows.setdefault(table, []).append(row)
        return sys_id

    def _persons(self, count: int) -> list[Person]:
        persons: list[Person] = []
        for place in range(count):
            persons.append(self._person(place, persons))
        return persons

    def _person(self, place: int, seniors: list[Person]) -> Person:
        rng = self._rng
        first, last = one_of(FIRST_NAMES, rng), one_of(LAST_NAMES, rng)
        user_name = f"{_ascii(first)}.{_ascii(last)}.{place}"
        values = {
            "user_name": user_name,
            "name": f"{first} {last}",
            "first_name": first,
            "last_name": last,
            "email": f"{user_name}@corp.example",
            "title": one_of(JOB_TITLES, rng),
            "employee_number": f"E{place:06d}",
            "phone": f"+49 40 5550 {place:04d}",
            # One in nine has left: the row stays, switched off, and tickets still name them.
            "active": "false" if rng.random() < 0.11 else "true",
            "vip": "true" if rng.random() < 0.02 else "false",
            "locked_out": "false",
            "web_service_access_only": "false",
            "internal_integration_user": "false",
            "time_zone": one_of(("", "Europe/Berlin", "US/Pacific", "Asia/Tokyo"), rng),
            "preferred_language": one_of(("en", "en", "de", "fr"), rng),
            "source": f"ldap:CN={first} {last},OU=Users,DC=corp,DC=example",
            "manager": seniors[int(rng.random() ** 3 * len(seniors))].sys_id if seniors else "",
            "department": one_of(self._departments, rng),
            "location": one_of(self._locations, rng),
            "company": self._home,
            "user_password": f"vault:{rng.getrandbits(64):016x}",
            "u_voicemail_pin": f"{int(rng.random() * 10_000):04d}",
            "sys_domain": "global",
            "sys_domain_path": "/",
        }
        return Person(self._add("sys_user", place, values), user_name, values["location"], self._home)

    def _technical(self, user_name: str, name: str, **flags: str) -> Person:
        values = {
            "user_name": user_name, "name": name, "active": "true", "vip": "false", "locked_out": "false",
            "web_service_access_only": "false", "internal_integration_user": "false", "sys_domain": "global",
            "sys_domain_path": "/", "time_zone": "GMT",
        }  # fmt: skip
        return Person(self._add("sys_user", user_name, values | flags), user_name, "", "")

    def _all_groups(self) -> list[Group]:
        groups = []
        for discipline, names in GROUPS.items():
            parent = ""
            for place, name in enumerate(names):
                key = f"{discipline}/{place}"
                sys_id = self._group_row(key, name, active=True, parent=parent)
                parent = parent or sys_id
                groups.append(Group(sys_id, name, discipline, self._members(sys_id), self._rng.uniform(0.5, 1.9)))
        for name, active in IDLE_GROUPS:
            self._group_row(name, name, active=active, parent="")
        return groups

    def _group_row(self, key: str, name: str, *, active: bool, parent: str) -> str:
        return self._add(
            "sys_user_group",
            key,
            {
                "name": name,
                "description": f"{name}: assignment group",
                "email": "" if self._rng.random() < 0.3 else f"{_ascii(name).replace(' ', '.')}@corp.example",
                "active": "true" if active else "false",
                "manager": one_of(self.staff, self._rng).sys_id if active else "",
                "parent": parent,
                "include_members": "false",
                "exclude_manager": "false",
                "sys_domain": "global",
                "sys_domain_path": "/",
            },
        )

    def _members(self, group: str) -> Weighted[Person]:
        size = 2 + int(self._rng.random() ** 2 * min(28, len(self.staff) // 3))
        members = self._rng.sample(self.staff, size)
        for member in members:
            self._add("sys_user_grmember", f"{group}/{member.sys_id}", {"user": member.sys_id, "group": group})
        return Weighted.by_rank(members)


def _ascii(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isascii() and (letter.isalnum() or letter == " "))
