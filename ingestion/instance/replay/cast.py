"""Rows invented for the codes of an event log, so that every reference resolves and every code has a label.

The log names people, groups, places and items by anonymous codes, in a code space for each of its
columns: `Opened by 8` and `Updated by 8` are two persons.
"""

from functools import cache
from hashlib import md5

from ingestion.instance.dictionary import choice_row
from ingestion.instance.replay.event_log import MISSING, EventLog
from ingestion.instance.store import Row, Store
from ingestion.instance.timestamps import DAY, stamp

#: Columns that name a user by reference, and those that hold a user name.
USER_COLUMNS = ("caller_id", "opened_by", "assigned_to", "resolved_by")
USER_NAME_COLUMNS = ("sys_created_by", "sys_updated_by")
#: Other references: column of the log, table, column of its display value.
_REFERENCES = (
    ("assignment_group", "sys_user_group", "name"),
    ("location", "cmn_location", "name"),
    ("cmdb_ci", "cmdb_ci_linux_server", "name"),
    ("vendor", "core_company", "name"),
)
#: Columns of coded text: column of the log, of `incident`.
_CHOICES = (
    ("category", "category"),
    ("subcategory", "subcategory"),
    ("closed_code", "close_code"),
    ("contact_type", "contact_type"),
    ("u_symptom", "u_symptom"),
)
#: A hold reason that no instance has out of the box.
AWAITING_EVIDENCE = "6"
#: Reference data is years older than the log, as on real instances.
_AGE = 4 * 365 * DAY
_SYLLABLES = [consonant + vowel for consonant in "bdfghjklmnprstvwz" for vowel in "aeiou"]


def key_of(space: str, code: str) -> str:
    """The sys_id that stands for a code of a code space; '' for a missing one."""
    return "" if code == MISSING else md5(f"{space}/{code}".encode(), usedforsecurity=False).hexdigest()


def user_name_of(code: str) -> str:
    """`Updated by 21` as a user name: `updated.by.21`."""
    return ".".join(code.lower().split())


def ticket_key(number: str) -> str:
    """The sys_id of an incident: md5 of its number."""
    return md5(number.encode(), usedforsecurity=False).hexdigest()


@cache
def word_of(code: str) -> str:
    """A word to say instead of a code's number, another one for each: the log has no text at all."""
    digits = int("".join(filter(str.isdigit, code)) or 0)
    word = ""
    for _ in range(3):
        digits, place = divmod(digits * 37 + 11, len(_SYLLABLES))
        word += _SYLLABLES[place]
    return word


def insert_cast(store: Store, log: EventLog) -> None:
    """Writes users, groups, locations, items, vendors, problems, changes and choices for all codes of the log."""
    begin = min(log.times)
    old = _system_columns(begin - _AGE)
    users = [
        _user(key_of(space, code), code) for space in (*USER_COLUMNS, *USER_NAME_COLUMNS) for code in _codes(log, space)
    ]
    store.insert("sys_user", (old | user for user in users))
    for space, table, name in _REFERENCES:
        common = old | _domain(store, table)
        store.insert(table, (common | {"sys_id": key_of(space, code), name: code} for code in _codes(log, space)))
    recent = _system_columns(begin - DAY)
    changes = dict.fromkeys([*_codes(log, "rfc"), *_codes(log, "caused_by")])
    store.insert("change_request", (recent | _ticket("rfc", code, code, "Change") for code in changes))
    store.insert(
        "problem",
        (
            recent | _ticket("problem_id", code, f"PRB{int(code.split()[-1]):07d}", "Problem")
            for code in _codes(log, "problem_id")
        ),
    )
    store.insert("sys_choice", _choices(log))


def change_key(code: str) -> str:
    """The sys_id of a change: `rfc` and `caused_by` name changes by their one number."""
    return key_of("rfc", code)


def _codes(log: EventLog, column: str) -> list[str]:
    return [value for value in log.columns[column].values if value != MISSING]


def _system_columns(at: int) -> Row:
    when = stamp(at)
    return {
        "sys_created_on": when, "sys_created_by": "admin", "sys_updated_on": when, "sys_updated_by": "admin",
        "sys_mod_count": "0",
    }  # fmt: skip


def _domain(store: Store, table: str) -> Row:
    if "sys_domain" not in store.schema.columns(table):
        return {}
    return {"sys_domain": "global", "sys_domain_path": "/"}


def _user(sys_id: str, code: str) -> Row:
    first, _, last = " ".join(code.split()).rpartition(" ")
    return {
        "sys_id": sys_id,
        "user_name": user_name_of(code),
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "active": "true",
        "sys_domain": "global",
        "sys_domain_path": "/",
    }


def _ticket(space: str, code: str, number: str, what: str) -> Row:
    """A problem or change of which the log gives no more than the name: still open."""
    return {
        "sys_id": key_of(space, code),
        "number": number,
        "task_effective_number": number,
        "short_description": f"{what} {number} of the event log",
        "active": "true",
        "state": "102" if what == "Problem" else "-2",
        "sys_domain": "global",
        "sys_domain_path": "/",
    }


def _choices(log: EventLog) -> list[Row]:
    rows = [
        {"name": "incident", "element": column, "value": code, "label": code, "sequence": str(place)}
        for space, column in _CHOICES
        for place, code in enumerate(_codes(log, space))
    ]
    evidence = {"name": "incident", "element": "hold_reason", "value": AWAITING_EVIDENCE, "label": "Awaiting Evidence"}
    return [choice_row(row) for row in (*rows, evidence)]
