"""Outages, degradations and planned downtimes of configuration items."""

from ingestion.instance.company.arrivals import Arrivals
from ingestion.instance.company.changes import Changes
from ingestion.instance.company.choosing import Weighted
from ingestion.instance.company.identity import sys_id_of
from ingestion.instance.company.landscape import Landscape
from ingestion.instance.company.life import CREATE, UPDATE, Event
from ingestion.instance.timestamps import HOUR, stamp

_KINDS = Weighted(("outage", "planned", "degradation"), (4.0, 4.0, 2.0))


class Outages:
    """All rows of `cmdb_ci_outage`; a planned one belongs to a change."""

    def __init__(self, seed: int, arrivals: Arrivals, landscape: Landscape, changes: Changes) -> None:
        self.arrivals = arrivals
        self._seed = seed
        self._landscape = landscape
        self._changes = changes

    def life(self, index: int) -> list[Event]:
        """An outage from its report to its end."""
        rng, at = self.arrivals.rng(index), self.arrivals.at(index)
        sys_id = sys_id_of(self._seed, "cmdb_ci_outage", index)
        kind = _KINDS.pick(rng)
        item = self._landscape.any_item(rng)
        change = self._changes.latest(at) if kind == "planned" else None
        begin = max(change.planned_start, at) if change else at - int(rng.random() * HOUR)
        end = max(begin, at) + 60 + int(rng.lognormvariate(8.6, 1.0))
        first = {
            "number": f"OUT{70_001 + index:07d}",
            "type": kind,
            "cmdb_ci": change.item.sys_id if change else item.sys_id,
            "begin": stamp(begin),
            "end": stamp(change.planned_end) if change else "",
            "short_description": f"{kind.capitalize()} of {change.item.name if change else item.name}",
            "task_number": change.sys_id if change else "",
        }
        ending = {"end": stamp(end), "duration": stamp(end - begin)}
        return [
            Event(at, CREATE, "cmdb_ci_outage", sys_id, first, "system"),
            Event(end, UPDATE, "cmdb_ci_outage", sys_id, ending, "system"),
        ]
