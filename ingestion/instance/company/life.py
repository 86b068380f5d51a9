"""What happens to the things of a company, as a list of events that is known at birth.

A life is rolled whole from the dice of its own index, and touches records of its own alone. So a
world that is asked to go on in one step, or in forty, ends with the same rows.
"""

from typing import NamedTuple, Protocol

from ingestion.instance.company.arrivals import Arrivals
from ingestion.instance.company.identity import Row
from ingestion.instance.unit_of_work import UnitOfWork

CREATE = "create"
UPDATE = "update"
DELETE = "delete"
#: A deletion that leaves no trace, as a script's with setWorkflow(false).
VANISH = "vanish"


class Event(NamedTuple):
    """One write: at `at` (seconds since 1970) user `by` did `kind` to a row of `table`."""

    at: int
    kind: str
    table: str
    sys_id: str
    values: Row
    by: str

    def apply(self, work: UnitOfWork) -> None:
        """Does it."""
        if self.kind == UPDATE:
            work.update(self.table, self.sys_id, self.values, self.at, self.by)
        elif self.kind == CREATE:
            work.create(self.table, self.sys_id, self.values, self.at, self.by)
        else:
            work.delete(self.table, self.sys_id, self.at, self.by, audit=self.kind == DELETE)


def in_time_order(events: list[Event]) -> list[Event]:
    """Sorts in place: by moment, and in the order of telling within one."""
    events.sort(key=_moment)
    return events


def _moment(event: Event) -> int:
    return event.at


class Population(Protocol):
    """Things of one kind that come into the world one after another."""

    @property
    def arrivals(self) -> Arrivals:
        """When they come."""

    def life(self, index: int) -> list[Event]:
        """All that will happen to thing `index`, in time order; the first event creates its main record."""
