"""The replay: an event log as an instance whose rows appear and change at the logged times."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from ingestion.instance.dictionary import add_column
from ingestion.instance.platform import Platform
from ingestion.instance.replay.cast import insert_cast, ticket_key, user_name_of
from ingestion.instance.replay.event_log import MISSING, EventLog
from ingestion.instance.replay.translation import Translation
from ingestion.instance.schema import Column
from ingestion.instance.timestamps import epoch_seconds, stamp
from ingestion.instance.truth import figures
from ingestion.instance.unit_of_work import UnitOfWork

_ROWS_AT_ONCE = 30_000


@dataclass
class _Progress:
    """How far the log is played: `order` are its rows in the order of playing, `played` of them are done."""

    platform: Platform
    log: EventLog
    translation: Translation
    ticket_of: "array[int]"
    order: Sequence[int]
    first_sync: datetime
    played: int = 0


class Replay:
    """A world that plays an event log up to the clock's time.

    Reads `path` (`.csv` or `.csv.gz`, layout of `EventLog`) at `populate`. Raises OSError or ValueError
    where it is no such log, RuntimeError where asked to live before `populate`.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._state: _Progress | None = None

    def populate(self, platform: Platform) -> None:
        """Writes what the log's codes stand for, and plays the log up to the clock's time."""
        log = EventLog(self._path)
        column = Column("u_priority_confirmation", "boolean", "Priority confirmation")
        now = platform.clock.now()
        add_column(platform.store, "incident", column, at=stamp(min(log.times)), by="admin")
        insert_cast(platform.store, log)
        tickets = array("I")
        for ticket, (first, end) in enumerate(log.ranges()):
            tickets.extend([ticket] * (end - first))
        # Sorting is stable: rows of one minute keep the order of the file.
        order = array("I", sorted(range(len(log)), key=log.times.__getitem__))
        self._state = _Progress(platform, log, Translation(log), tickets, order, now)
        self._play(self._state, epoch_seconds(now))

    def advance(self, to: datetime) -> None:
        """Plays on to `to`, inclusive; readers see all of it or nothing."""
        state = self._progress()
        with state.platform.store.transaction():
            self._play(state, epoch_seconds(to))

    def _play(self, state: _Progress, until: int) -> None:
        times, order = state.log.times, state.order
        end = state.played
        while end < len(order) and times[order[end]] <= until:
            end += 1
        # Ticket by ticket: file order keeps a ticket's rows together and in their order.
        rows = sorted(order[state.played : end])
        work = UnitOfWork(state.platform.store)
        for ticket, group in groupby(rows, key=state.ticket_of.__getitem__):
            self._play_ticket(state, work, ticket, list(group))
            if len(work) > _ROWS_AT_ONCE:
                work.flush()
        work.flush()
        state.played = end

    def _play_ticket(self, state: _Progress, work: UnitOfWork, ticket: int, rows: list[int]) -> None:
        log = state.log
        sys_id = ticket_key(log.columns["number"][rows[0]])
        for row in rows:
            at = log.times[row]
            if row == log.bounds[ticket]:
                creator = log.columns["sys_created_by"][row]
                by = "system" if creator == MISSING else user_name_of(creator)
                work.create("incident", sys_id, state.translation.first(ticket), at, by)
            else:
                by = user_name_of(log.columns["sys_updated_by"][row])
                work.update("incident", sys_id, state.translation.changes(ticket, row), at, by)

    def truth(self) -> dict[str, Any]:
        """The figures of `truth.figures` for the clock's time."""
        state = self._progress()
        numbers = state.log.columns["number"]
        ever = {ticket_key(numbers[row]) for row in state.order[: state.played]}
        return figures(state.platform.store, first_sync=state.first_sync, now=state.platform.clock.now(), ever=ever)

    def _progress(self) -> _Progress:
        if self._state is None:
            raise RuntimeError("this replay plays in no instance yet: call populate first")
        return self._state
