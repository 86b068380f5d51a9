"""When a replayed ticket shows its closing fields.

The log writes them on all rows of a ticket, also on those from before it was closed. Here they are
empty until the row whose state sets them, and again after a reopening.
"""

from functools import lru_cache

from ingestion.instance.business_hours import business_seconds
from ingestion.instance.replay.cast import key_of
from ingestion.instance.replay.event_log import MISSING, EventLog
from ingestion.instance.store import Row
from ingestion.instance.timestamps import stamp

RESOLVED, CLOSED = "Resolved", "Closed"
_EMPTY = dict.fromkeys(
    (
        "resolved_at", "resolved_by", "closed_at", "close_code", "business_duration", "calendar_duration",
        "business_stc", "calendar_stc",
    ),
    "",
)  # fmt: skip


class Closing:
    """The closing fields of `incident` as they stand after each row of the log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._state = log.columns["incident_state"]
        self._updated = log.columns["sys_updated_at"].codes
        self._updated_at = log.require_moments("sys_updated_at")
        self._opened = log.columns["opened_at"].codes
        self._opened_at = log.require_moments("opened_at")
        # Asked for a row when it is played and when the next one is compared with it.
        self.after = lru_cache(maxsize=4)(self._after)

    def is_ended(self, row: int) -> bool:
        """Whether the row's state is Resolved or Closed."""
        return self._state[row] in (RESOLVED, CLOSED)

    def _after(self, ticket: int, row: int) -> Row:
        """The fields after `row`, which is one of `ticket`."""
        if not self.is_ended(row):
            return _EMPTY
        columns = self._log.columns
        values = dict(_EMPTY)
        resolution = self._last_resolved(ticket, row)
        if columns["resolved_at"][row] != MISSING and resolution is not None:
            # The log's one value is the time of the last resolution; an earlier one has its own row's time.
            values["resolved_at"] = stamp(self._updated_at[self._updated[resolution]])
            values["resolved_by"] = key_of("resolved_by", columns["resolved_by"][row])
        if self._state[row] == CLOSED:
            values["closed_at"] = stamp(self._updated_at[self._updated[row]])
            code = columns["closed_code"][row]
            values["close_code"] = "" if code == MISSING else code
        # The platform's stopwatch runs to the resolution, or to the closure where there was none.
        opened = self._opened_at[self._opened[row]]
        ended = self._updated_at[self._updated[row if resolution is None else resolution]]
        calendar, business = max(0, ended - opened), business_seconds(opened, ended)
        values["calendar_duration"], values["calendar_stc"] = stamp(calendar), str(calendar)
        values["business_duration"], values["business_stc"] = stamp(business), str(business)
        return values

    def _last_resolved(self, ticket: int, row: int) -> int | None:
        """The last row of the ticket up to `row` whose state is Resolved."""
        first = self._log.bounds[ticket]
        return next((place for place in range(row, first - 1, -1) if self._state[place] == RESOLVED), None)
