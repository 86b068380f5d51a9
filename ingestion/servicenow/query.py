"""Encoded queries (Table API reference, section 2).

A value that holds a caret would end its condition early, and an invalid term is dropped silently by
the instance, which then returns everything. So nothing unchecked goes into a query.
"""

import re
from collections.abc import Iterable
from datetime import datetime

#: Lower case as all column names: a name that began with OR or NQ would be read as these.
_FIELD = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*")
_FORBIDDEN = re.compile(r"[\^\r\n\x00]")
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def literal(value: str | datetime) -> str:
    """A value as it stands in a query; times as naive UTC seconds.

    Raises ValueError for a value that would change the query's meaning.
    """
    # Not strftime, which writes a year before 1000 with fewer digits.
    text = value.isoformat(" ", "seconds") if isinstance(value, datetime) else value
    if _FORBIDDEN.search(text) or text.startswith("javascript:"):
        raise ValueError(f"{text!r} cannot stand in an encoded query")
    return text


def condition(field: str, operator: str, value: str | datetime) -> str:
    """`field operator value`, checked. Raises ValueError for a malformed field or value."""
    if not _FIELD.fullmatch(field):
        raise ValueError(f"{field!r} is not a field name")
    return f"{field}{operator}{literal(value)}"


def one_of(field: str, values: Iterable[str]) -> str:
    """`fieldIN a,b,c`. Raises ValueError where a value holds a comma or there is none."""
    listed = list(values)
    if not listed or any("," in value or not value for value in listed):
        raise ValueError(f"{listed!r} cannot be listed in an encoded query")
    return condition(field, "IN", ",".join(listed))


def order_by(*fields: str, descending: bool = False) -> str:
    keyword = "ORDERBYDESC" if descending else "ORDERBY"
    return "^".join(f"{keyword}{field}" for field in fields)


def all_of(*terms: str) -> str:
    """Terms joined by AND; empty ones are left out. A term may itself be `a^ORb`."""
    return "^".join(term for term in terms if term)
