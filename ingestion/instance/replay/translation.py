"""Rows of the event log as values of `incident`."""

from collections.abc import Callable, Sequence

from ingestion.instance.replay.cast import AWAITING_EVIDENCE, change_key, key_of, word_of
from ingestion.instance.replay.closing import CLOSED, RESOLVED, Closing
from ingestion.instance.replay.event_log import MISSING, EventLog
from ingestion.instance.store import Row
from ingestion.instance.timestamps import stamp

#: State of the log: `state`, `hold_reason`. A state of -100 is none.
_STATES = {
    "New": ("1", ""),
    "Active": ("2", ""),
    "Awaiting User Info": ("3", "1"),
    "Awaiting Problem": ("3", "3"),
    "Awaiting Vendor": ("3", "4"),
    "Awaiting Evidence": ("3", AWAITING_EVIDENCE),
    RESOLVED: ("6", ""),
    CLOSED: ("7", ""),
    "-100": ("", ""),
}
_NOTIFY = {"Do Not Notify": "1", "Send Email": "2", MISSING: ""}
#: Columns that both have, with the same values.
_SAME = (
    "active", "reassignment_count", "reopen_count", "made_sla", "contact_type", "category", "subcategory", "u_symptom",
    "knowledge", "u_priority_confirmation",
)  # fmt: skip
#: Columns of text such as `3 - Moderate`.
_RANKS = ("impact", "urgency", "priority")
#: References: column of the log, of `incident`.
_REFERENCES = {
    "caller_id": "caller_id",
    "opened_by": "opened_by",
    "location": "location",
    "cmdb_ci": "cmdb_ci",
    "assignment_group": "assignment_group",
    "assigned_to": "assigned_to",
    "problem_id": "problem_id",
    "vendor": "u_vendor",
}


class Translation:
    """The values of `incident` for any row of the log, and what changed from one row to the next.

    Raises ValueError for a state that the log's layout does not know.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._closing = Closing(log)
        state = log.columns["incident_state"]
        self._state_codes = state.codes
        self._states = [self._state_values(value) for value in state.values]
        #: Column of `incident`, codes of the log's rows, value for each code.
        self._fields: list[tuple[str, Sequence[int], list[str]]] = []
        for name in _SAME:
            self._translate(name, name, _text)
        for name in _RANKS:
            self._translate(name, name, _rank)
        for name, target in _REFERENCES.items():
            self._translate(name, target, _reference(name))
        for name in ("rfc", "caused_by"):
            self._translate(name, name, change_key)
        self._translate("notify", "notify", lambda text: _NOTIFY.get(text, text))
        opened = [stamp(moment) for moment in log.require_moments("opened_at")]
        self._fields.append(("opened_at", log.columns["opened_at"].codes, opened))

    def _translate(self, name: str, target: str, value_of: Callable[[str], str]) -> None:
        column = self._log.columns[name]
        self._fields.append((target, column.codes, [value_of(value) for value in column.values]))

    def _state_values(self, text: str) -> Row:
        if text not in _STATES:
            raise ValueError(f"{self._log.path}: unknown incident_state {text!r}; known are {', '.join(_STATES)}")
        state, hold_reason = _STATES[text]
        return {"state": state, "incident_state": state, "hold_reason": hold_reason}

    def first(self, ticket: int) -> Row:
        """All values of a ticket's first row, with its title."""
        row = self._log.bounds[ticket]
        number = self._log.columns["number"][row]
        return (
            {target: values[codes[row]] for target, codes, values in self._fields}
            | self._states[self._state_codes[row]]
            | self._closing.after(ticket, row)
            | {"number": number, "task_effective_number": number, "short_description": self._title(row)}
        )

    def changes(self, ticket: int, row: int) -> Row:
        """The values that differ from the row before, which is one of the same ticket."""
        before = row - 1
        changed = {
            target: values[codes[row]]
            for target, codes, values in self._fields
            if codes[row] != codes[before] and values[codes[row]] != values[codes[before]]
        }
        old, new = self._states[self._state_codes[before]], self._states[self._state_codes[row]]
        if old is not new:
            changed |= _differing(old, new)
        if self._closing.is_ended(before) or self._closing.is_ended(row):
            changed |= _differing(self._closing.after(ticket, before), self._closing.after(ticket, row))
        return changed

    def _title(self, row: int) -> str:
        """Tickets of one symptom, subcategory and category are called the same."""
        symptom, part, area = (self._log.columns[name][row] for name in ("u_symptom", "subcategory", "category"))
        trouble = f"{word_of(symptom)} trouble" if symptom != MISSING else "trouble"
        place = f" with {word_of(part)}" if part != MISSING else ""
        return f"{trouble}{place} in {word_of(area) if area != MISSING else 'general'}".capitalize()


def _differing(old: Row, new: Row) -> Row:
    return {name: value for name, value in new.items() if old[name] != value}


def _text(value: str) -> str:
    return "" if value == MISSING else value


def _rank(value: str) -> str:
    return _text(value).partition(" - ")[0]


def _reference(space: str) -> Callable[[str], str]:
    return lambda code: key_of(space, code)
