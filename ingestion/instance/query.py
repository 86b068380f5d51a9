"""Encoded queries: text to conditions (Table API reference, section 2).

`a^b^ORc^d` is a AND (b OR c) AND d: `^OR` binds to the condition just before it. `^NQ` starts a
group of its own; groups are OR-ed. Sort clauses count for the whole query, in the order given.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

#: Operators, longest first, so that `IN` does not swallow `INSTANCEOF`. Spellings of the same one share a name.
_OPERATORS = {
    "GT_OR_EQUALS_FIELD": "GT_OR_EQUALS_FIELD",
    "LT_OR_EQUALS_FIELD": "LT_OR_EQUALS_FIELD",
    "DOES NOT CONTAIN": "NOT LIKE",
    "EMPTYSTRING": "EMPTYSTRING",
    "ISNOTEMPTY": "ISNOTEMPTY",
    "RELATIVEGT": "RELATIVEGT",
    "RELATIVELT": "RELATIVELT",
    "RELATIVEGE": "RELATIVEGE",
    "RELATIVELE": "RELATIVELE",
    "RELATIVEEE": "RELATIVEEE",
    "INSTANCEOF": "INSTANCEOF",
    "STARTSWITH": "STARTSWITH",
    "IN_HIERARCHY": "",
    "ENDSWITH": "ENDSWITH",
    "ANYTHING": "ANYTHING",
    "NOT LIKE": "NOT LIKE",
    "GT_FIELD": "GT_FIELD",
    "LT_FIELD": "LT_FIELD",
    "CONTAINS": "LIKE",
    "NOTLIKE": "NOT LIKE",
    "ISEMPTY": "ISEMPTY",
    "NSAMEAS": "NSAMEAS",
    "BETWEEN": "BETWEEN",
    "SAMEAS": "SAMEAS",
    "NOT IN": "NOT IN",
    "NOTON": "NOTON",
    "LIKE": "LIKE",
    "IN": "IN",
    "ON": "ON",
    "!=": "!=",
    "<=": "<=",
    ">=": ">=",
    "!*": "NOT LIKE",
    "=": "=",
    "<": "<",
    ">": ">",
    "*": "LIKE",
    "%": "ENDSWITH",
}
_CONDITION = re.compile(
    r"([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*)("
    + "|".join(re.escape(name) for name in sorted(_OPERATORS, key=len, reverse=True))
    + r")(.*)",
    re.DOTALL,
)
_ESCAPED_CARET = "\ue000"


class Condition(NamedTuple):
    """`field operator value`; `field` may be dot-walked, `operator` is one of the names in `_OPERATORS`."""

    field: str
    operator: str
    value: str


class Sort(NamedTuple):
    """One sort clause."""

    field: str
    descending: bool


@dataclass
class EncodedQuery:
    """`groups` are OR-ed lists of clauses; clauses are AND-ed lists of conditions, which are OR-ed.

    `invalid` are the terms that could not be read; what to do with them is the instance's setting.
    """

    groups: list[list[list[Condition]]] = field(default_factory=list)
    sorts: list[Sort] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)


def parse_condition(text: str) -> Condition | None:
    """One condition, or None where the operator is unknown or not a server's affair."""
    match = _CONDITION.fullmatch(text)
    if match is None or not (operator := _OPERATORS[match[2]]):
        return None
    return Condition(match[1], operator, match[3].replace(_ESCAPED_CARET, "^"))


def parse(text: str) -> EncodedQuery:
    """Reads an encoded query; never fails: what cannot be read is in `invalid`."""
    query = EncodedQuery(groups=[[]])
    for term in text.replace("^^", _ESCAPED_CARET).split("^"):
        if term in ("", "EQ"):
            continue
        if term.startswith("ORDERBYDESC"):
            query.sorts.append(Sort(term.removeprefix("ORDERBYDESC").strip(), True))
        elif term.startswith("ORDERBY"):
            query.sorts.append(Sort(term.removeprefix("ORDERBY").strip(), False))
        else:
            _add_term(query, term)
    return query


def _add_term(query: EncodedQuery, term: str) -> None:
    joins = term.startswith("OR")
    if term.startswith("NQ"):
        query.groups.append([])
        term = term.removeprefix("NQ")
    elif joins:
        term = term.removeprefix("OR")
    if not term:
        return
    group = query.groups[-1]
    if not (joins and group):
        group.append([])
    condition = parse_condition(term)
    if condition is None:
        query.invalid.append(term.replace(_ESCAPED_CARET, "^^"))
    else:
        group[-1].append(condition)
