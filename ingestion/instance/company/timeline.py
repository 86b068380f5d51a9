"""Applies the lives of populations to a store, up to any moment, in any number of steps."""

from collections.abc import Sequence
from heapq import heappop, heappush

from ingestion.instance.company.life import Event, Population
from ingestion.instance.store import Store
from ingestion.instance.unit_of_work import UnitOfWork

#: Rows held in memory before they are stored.
_ROWS_AT_ONCE = 30_000


class Timeline:
    """Where each population has got to, and the lives that go on."""

    def __init__(self, store: Store, populations: Sequence[Population]) -> None:
        self._store = store
        self._populations = populations
        #: How many of each population have been born.
        self.born = [0] * len(populations)
        #: Lives with events to come: (moment of the next, population, index, its position, events).
        self._open: list[tuple[int, int, int, int, list[Event]]] = []

    def run(self, until: int) -> None:
        """Applies every event up to `until` (seconds since 1970, inclusive) that is not applied yet."""
        work = UnitOfWork(self._store)
        while self._open and self._open[0][0] <= until:
            _, kind, index, position, events = heappop(self._open)
            # Somebody may have deleted the record by hand: then what hangs on it stays as it is.
            if work.knows(events[0].table, events[0].sys_id):
                self._apply(work, kind, index, position, events, until)
        for kind, population in enumerate(self._populations):
            born = self.born[kind]
            self.born[kind] = max(born, population.arrivals.until(until))
            for index in range(born, self.born[kind]):
                self._apply(work, kind, index, 0, population.life(index), until)
                if len(work) > _ROWS_AT_ONCE:
                    work.flush()
        work.flush()

    def _apply(self, work: UnitOfWork, kind: int, index: int, position: int, events: list[Event], until: int) -> None:
        """Life by life, not event by event: lives share no record, so the order among them is of no account."""
        while position < len(events) and events[position].at <= until:
            events[position].apply(work)
            position += 1
        if position < len(events):
            heappush(self._open, (events[position].at, kind, index, position, events))
