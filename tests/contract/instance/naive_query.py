"""A plain reading of encoded queries on rows in memory, to compare the instance's SQL with.

It follows the reference, section 2, and knows nothing of how the instance does it: conditions come
as data, and this module both writes them as text and judges rows by them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Row = dict[str, str]
NUMBERS = {"state", "priority"}


@dataclass(frozen=True)
class Term:
    """One condition. `values` is the right-hand side, a list for the operators that take one."""

    field: str
    operator: str
    values: tuple[str, ...] = ()

    def text(self) -> str:
        """The condition as an encoded query writes it."""
        separator = "@" if self.operator == "BETWEEN" else ","
        return f"{self.field}{self.operator}{separator.join(self.values)}"


@dataclass(frozen=True)
class Query:
    """OR-ed groups of AND-ed clauses of OR-ed terms."""

    groups: tuple[tuple[tuple[Term, ...], ...], ...]

    def text(self) -> str:
        """The encoded query."""
        return "^NQ".join(
            "^".join("^OR".join(term.text() for term in clause) for clause in group) for group in self.groups
        )

    def matches(self, row: Row) -> bool:
        """Whether the query selects the row."""
        return any(all(any(judge(term, row) for term in clause) for clause in group) for group in self.groups)


def judge(term: Term, row: Row) -> bool:
    """Whether one condition holds for a row."""
    value = row[term.field]
    if term.operator in _BY_TEXT:
        return _BY_TEXT[term.operator](value.lower(), tuple(item.lower() for item in term.values))
    if term.field in NUMBERS:
        return _ordered(term.operator, float(value) if value else None, [float(item) for item in term.values])
    return _ordered(term.operator, value.lower() or None, [item.lower() for item in term.values])


_BY_TEXT: dict[str, Callable[[str, Sequence[str]], bool]] = {
    "IN": lambda value, items: value in items,
    "NOT IN": lambda value, items: value not in items,
    "LIKE": lambda value, items: items[0] in value,
    "NOT LIKE": lambda value, items: items[0] not in value,
    "STARTSWITH": lambda value, items: value.startswith(items[0]),
    "ENDSWITH": lambda value, items: value.endswith(items[0]),
    "ISEMPTY": lambda value, _: value == "",
    "ISNOTEMPTY": lambda value, _: value != "",
}


def _ordered(operator: str, value: float | str | None, others: Sequence[float | str]) -> bool:
    """Comparisons; an empty value is unequal to everything and in no order."""
    if value is None:
        return operator == "!="
    if operator == "BETWEEN":
        return others[0] <= value <= others[1]  # type: ignore[operator]
    other = others[0]
    if operator in ("=", "!="):
        return (value == other) is (operator == "=")
    less, equal = value < other, value == other  # type: ignore[operator]
    return {"<": less, "<=": less or equal, ">": not (less or equal), ">=": not less}[operator]
