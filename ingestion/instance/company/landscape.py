"""What the company runs: services, applications, servers, databases, network gear."""

from dataclasses import dataclass
from random import Random

from ingestion.instance.company.choosing import Weighted, one_of
from ingestion.instance.company.identity import Row, sys_id_of, system_columns
from ingestion.instance.company.names import APPLICATIONS, SERVICES
from ingestion.instance.company.people import People
from ingestion.instance.timestamps import DAY, stamp

_OLDEST = 9 * 365 * DAY
_ENVIRONMENTS = ("production", "production", "production", "test", "development")
#: Share of the machines, name prefix, discipline of the group that supports it.
_MACHINES = {
    "cmdb_ci_linux_server": (0.42, "lnx", "servers"),
    "cmdb_ci_win_server": (0.28, "win", "servers"),
    "cmdb_ci_db_instance": (0.12, "db", "databases"),
    "cmdb_ci_netgear": (0.18, "sw", "network"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """A configuration item as tickets see one; `service` is the sys_id of the service it works for."""

    sys_id: str
    name: str
    service: str
    service_name: str
    group: str


class Landscape:
    """All configuration items, as objects by class and as rows by table."""

    def __init__(self, seed: int, tickets: int, start: int, people: People) -> None:
        self._seed = seed
        self._rng = Random(f"{seed}:landscape")
        self._start = start
        self._people = people
        self.rows: dict[str, list[Row]] = {}
        self.services = Weighted.by_rank([self._service(name) for name in SERVICES])
        machines = min(max(tickets // 10, 40), 8000)
        self.by_class = {
            table: Weighted.by_rank([self._machine(table, prefix, discipline, place) for place in range(count)], 0.7)
            for table, (share, prefix, discipline) in _MACHINES.items()
            if (count := max(3, int(machines * share)))
        }
        self.by_class["cmdb_ci_appl"] = Weighted.by_rank([self._application(name) for name in APPLICATIONS])
        self.any_class = Weighted(list(self.by_class.values()), [4.0, 3.0, 1.0, 1.0, 3.0])

    def any_item(self, rng: Random) -> Item:
        """An item of any class but a service."""
        return self.any_class.pick(rng).pick(rng)

    def _add(self, table: str, name: str, values: Row) -> str:
        rng = self._rng
        sys_id = sys_id_of(self._seed, table, name)
        created = self._start - int(rng.random() ** 0.5 * _OLDEST)
        touched = created + int(max(rng.random() * 2 - 1, 0) * (self._start - created))
        roll = rng.random()
        row = system_columns(sys_id, stamp(created), stamp(touched), by="discovery", mods=int(touched > created))
        row |= {
            "name": name,
            "install_status": "1" if roll < 0.94 else "7",
            "operational_status": "1" if roll < 0.9 else "6" if roll >= 0.94 else "2",
            "environment": one_of(_ENVIRONMENTS, rng),
            "owned_by": one_of(self._people.staff, rng).sys_id,
            "company": self._people.staff[0].company,
            "first_discovered": stamp(created),
            "last_discovered": stamp(touched),
            "discovery_source": "ServiceNow",
            "sys_class_path": f"/!!/{table[5:]}",
            "sys_domain": "global",
            "sys_domain_path": "/",
        }
        self.rows.setdefault(table, []).append(row | values)
        return sys_id

    def _service(self, name: str) -> Item:
        group = self._people.by_discipline["applications"].pick(self._rng).sys_id
        criticality = one_of(("1 - most critical", "2 - somewhat critical", "3 - less critical"), self._rng)
        sys_id = self._add(
            "cmdb_ci_service",
            name,
            {
                "support_group": group,
                "busines_criticality": criticality,
                "service_classification": "Business Service",
                "environment": "production",
                "used_for": "Production",
            },
        )
        return Item(sys_id, name, sys_id, name, group)

    def _machine(self, table: str, prefix: str, discipline: str, place: int) -> Item:
        rng = self._rng
        service = self.services.pick(rng)
        name = f"{prefix}-{one_of(('ham', 'lyn', 'aus', 'osa'), rng)}-{place:04d}"
        # Some items nobody supports: the ticket then goes by its topic.
        group = "" if rng.random() < 0.1 else self._people.by_discipline[discipline].pick(rng).sys_id
        address = f"10.{place // 62500}.{place // 250 % 250}.{1 + place % 250}"
        sys_id = self._add(
            table,
            name,
            {
                "support_group": group,
                "assignment_group": group,
                "ip_address": address,
                "fqdn": f"{name}.corp.example",
                "serial_number": f"SN{rng.getrandbits(40):010X}",
                "asset_tag": f"P{place:06d}",
                "category": "Hardware" if table != "cmdb_ci_db_instance" else "Software",
                "location": one_of(self._people.staff, rng).location,
            },
        )
        return Item(sys_id, name, service.sys_id, service.name, group)

    def _application(self, name: str) -> Item:
        service = self.services.pick(self._rng)
        group = self._people.by_discipline["applications"].pick(self._rng).sys_id
        sys_id = self._add("cmdb_ci_appl", name, {"support_group": group, "version": "1.0", "category": "Application"})
        return Item(sys_id, name, service.sys_id, service.name, group)
