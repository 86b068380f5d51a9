"""Encoded queries (Table API reference, section 2).

A value that holds a caret would end its condition early, and an invalid term is dropped silently by
the instance, which then returns everything. So nothing unchecked goes into a query.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

#: Lower case as all column names: a name that began with OR or NQ would be read as these.
_FIELD = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*")
_FORBIDDEN = re.compile(r"[\^\r\n\x00]")
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
_TERM = re.compile(r"([a-z_][a-z0-9_.]*)(>=|<=|=|>|<|IN)(.*)")
#: An instance may read times in a query in a zone of its own; no two are further apart.
_ANY_ZONE = timedelta(hours=26)

#: Whether a value, as text, satisfies one condition.
Test = Callable[[str], bool]


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
    text = literal(value)
    if operator in ("<", ">") and text.startswith("="):
        raise ValueError(f"{text!r} after {operator} would be read as {operator}=")
    return f"{field}{operator}{text}"


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


def tests(query: str) -> list[list[tuple[str, Test]]]:
    """A query as alternatives that a row's values can be put to: one of each inner list must hold.

    Understands what this module writes, ORDERBY and `=`, `<`, `>`, `<=`, `>=`, `IN` with `^OR`. Times are
    compared with a day's tolerance, as the instance may read them in another zone. Raises ValueError
    for any other term.
    """
    groups: list[list[tuple[str, Test]]] = []
    for term in filter(None, query.split("^")):
        if term.startswith("ORDERBY"):
            continue
        alternative = term.startswith("OR")
        match = _TERM.fullmatch(term.removeprefix("OR"))
        if match is None:
            raise ValueError(f"{term!r} is no condition of ours")
        field, operator, value = match.groups()
        if not alternative:
            groups.append([])
        groups[-1].append((field, _test(operator, value)))
    return groups


def _test(operator: str, value: str) -> Test:
    try:
        moment = datetime.strptime(value, TIME_FORMAT)
    except ValueError:
        low = high = value.casefold()
    else:
        low, high = ((moment + shift).strftime(TIME_FORMAT) for shift in (-_ANY_ZONE, _ANY_ZONE))
    listed = frozenset(value.casefold().split(","))
    found: dict[str, Callable[[Any], bool]] = {
        "=": lambda text: low <= text.casefold() <= high,
        ">": lambda text: text.casefold() > low,
        ">=": lambda text: text.casefold() >= low,
        "<": lambda text: text.casefold() < high,
        "<=": lambda text: text.casefold() <= high,
        "IN": lambda text: text.casefold() in listed,
    }
    return found[operator]
