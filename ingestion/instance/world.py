"""What lives in an instance: something that fills its tables and goes on changing them as time passes."""

from datetime import datetime
from typing import Any, Protocol

from ingestion.instance.platform import Platform


class World(Protocol):
    """The life of an instance. Calls come one at a time, from one thread or another.

    A world may also have `operations`, a mapping of names to functions that `/_control/mutate` can
    call with keyword arguments; what they return must be JSON-able.
    """

    def populate(self, platform: Platform) -> None:
        """Writes everything that has happened up to the clock's present moment."""

    def advance(self, to: datetime) -> None:
        """Lets everything happen that falls after the last call and up to `to` (naive UTC, inclusive).

        The state reached must not depend on the number of calls it took.
        """

    def truth(self) -> dict[str, Any]:
        """Figures computed from the final rows, as JSON-able values, for comparison with a pipeline's."""
