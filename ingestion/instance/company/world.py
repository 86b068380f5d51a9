"""The generated company: a seeded IT organisation whose tickets fill the days before `end` and go on after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingestion.instance.company.arrivals import Arrivals, Rhythm
from ingestion.instance.company.changes import Changes
from ingestion.instance.company.incidents import Incidents
from ingestion.instance.company.knowledge import Knowledge
from ingestion.instance.company.landscape import Landscape
from ingestion.instance.company.outages import Outages
from ingestion.instance.company.people import People
from ingestion.instance.company.prehistory import Prehistory
from ingestion.instance.company.problems import Problems
from ingestion.instance.company.slas import Agreements
from ingestion.instance.company.timeline import Timeline
from ingestion.instance.company.turnover import Discoveries, Joiners
from ingestion.instance.motion import delete_with_dependents
from ingestion.instance.platform import Platform
from ingestion.instance.timestamps import DAY, epoch_seconds, stamp
from ingestion.instance.truth import figures
from ingestion.instance.unit_of_work import UnitOfWork

#: So many incidents go with one thing of each other kind; there is one at least.
_INCIDENTS_PER_THING = {
    "change": 12, "problem": 60, "outage": 150, "knowledge": 80, "joiner": 300, "discovery": 150,
}  # fmt: skip
_DELETABLE_DAYS = 300


@dataclass
class _Existence:
    """What a company has once it lives in an instance."""

    platform: Platform
    timeline: Timeline
    incidents: Incidents
    prehistory: Prehistory
    end: datetime


class Company:
    """A world of `incidents` incidents opened in the `days` before `end`, by default the clock's time at `populate`.

    The same seed, size and end give the same rows; a few of the incidents are deleted again before
    the end. Raises ValueError for sizes that make no company, RuntimeError where asked to live before
    `populate`.
    """

    def __init__(self, incidents: int = 10_000, days: int = 396, seed: int = 1, end: datetime | None = None) -> None:
        if incidents < 1 or days < 1:
            raise ValueError(f"a company of {incidents} incidents in {days} days: both must be 1 at least")
        self._size = incidents
        self._days = days
        self._seed = seed
        self._end = end
        self._lives: _Existence | None = None

    def populate(self, platform: Platform) -> None:
        """Writes the organisation and its history up to the clock's time."""
        end = self._end or platform.clock.now()
        start = epoch_seconds(end) - self._days * DAY
        seed = self._seed
        people = People(seed, self._size, start)
        landscape = Landscape(seed, self._size, start, people)
        agreements = Agreements(seed, start)
        prehistory = Prehistory(seed, start, people, landscape)
        arrivals = self._arrivals(start, epoch_seconds(end))
        changes = Changes(seed, arrivals["change"], people, landscape)
        problems = Problems(seed, arrivals["problem"], people, landscape)
        knowledge = Knowledge(seed, arrivals["knowledge"], people, start)
        incidents = Incidents(seed, arrivals["incident"], people, landscape, agreements, changes, problems, prehistory)
        for rows in (people.rows, landscape.rows, agreements.rows, knowledge.rows):
            for table, table_rows in rows.items():
                platform.store.insert(table, table_rows)
        work = UnitOfWork(platform.store)
        for event in prehistory.events():
            event.apply(work)
        work.flush()
        timeline = Timeline(
            platform.store,
            [
                incidents,
                changes,
                problems,
                knowledge,
                Outages(seed, arrivals["outage"], landscape, changes),
                Joiners(seed, arrivals["joiner"], people),
                Discoveries(seed, arrivals["discovery"], people),
            ],
        )
        timeline.run(epoch_seconds(platform.clock.now()))
        self._lives = _Existence(platform, timeline, incidents, prehistory, end)

    def _arrivals(self, start: int, end: int) -> dict[str, Arrivals]:
        rhythm = Rhythm(self._seed)
        counts = {kind: max(1, self._size // share) for kind, share in _INCIDENTS_PER_THING.items()}
        return {
            kind: Arrivals(rhythm, kind, count, start, end, self._seed)
            for kind, count in {"incident": self._size, **counts}.items()
        }

    def advance(self, to: datetime) -> None:
        """Lets the company live on to `to`, inclusive; readers see all of it or nothing."""
        existence = self._existence()
        with existence.platform.store.transaction():
            existence.timeline.run(epoch_seconds(to))

    def truth(self) -> dict[str, Any]:
        """The figures of `truth.figures` for the clock's time."""
        existence = self._existence()
        born = existence.timeline.born[0]
        ever = [*existence.prehistory.incidents(), *map(existence.incidents.sys_id, range(born))]
        return figures(
            existence.platform.store, first_sync=existence.end, now=existence.platform.clock.now(), ever=ever
        )

    @property
    def operations(self) -> Mapping[str, Callable[..., Any]]:
        """What `/_control/mutate` offers beside its own operations."""
        return {"demo_deletes": self.demo_deletes}

    def demo_deletes(self, count: int = 20, unaudited: int = 5) -> list[str]:
        """Deletes `count` closed incidents of the last months now; answers their sys_ids.

        The last `unaudited` of them go without a trace. What hangs on a ticket goes with it. Raises
        ValueError where there are not as many.
        """
        platform = self._existence().platform
        oldest = stamp(epoch_seconds(platform.clock.now()) - _DELETABLE_DAYS * DAY)
        closed = [
            row["sys_id"]
            for row in platform.store.rows("incident")
            if row["state"] == "7" and row["closed_at"] > oldest and row["child_incidents"] == "0"
        ]
        if not 0 <= unaudited <= count <= len(closed):
            raise ValueError(f"cannot delete {count} of {len(closed)} closed incidents, {unaudited} of them untraced")
        chosen = sorted(closed)[:count]  # sys_ids are hashes: any order is a random one
        for place, sys_id in enumerate(chosen):
            delete_with_dependents(platform, "incident", sys_id, audit=place < count - unaudited)
        return chosen

    def _existence(self) -> _Existence:
        if self._lives is None:
            raise RuntimeError("this company lives in no instance yet: call populate first")
        return self._lives
