"""Encoded-query conditions as SQL on the store's physical tables.

Every expression is text and never NULL: '' stands for empty, also at the end of a reference that
leads nowhere. So negations match empty values, as the platform's do (OP). Strings compare without
regard to case (ASCII), as MySQL's collation does in practice; ids, dates and classes byte by byte.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingestion.instance.clock import stamp
from ingestion.instance.field_types import DATE_TIME_TYPES, NUMERIC_TYPES
from ingestion.instance.indexes import CASELESS_TYPES, quoted
from ingestion.instance.moments import QueryContext, evaluate, period, shifted
from ingestion.instance.query import Condition, EncodedQuery, Sort
from ingestion.instance.schema import Column, Schema

_FIELD_OPERATORS = {
    "SAMEAS": "=",
    "NSAMEAS": "<>",
    "GT_FIELD": ">",
    "LT_FIELD": "<",
    "GT_OR_EQUALS_FIELD": ">=",
    "LT_OR_EQUALS_FIELD": "<=",
}
_RELATIVE_UNITS = {"dayofweek": "day", "day": "day", "minute": "minute", "hour": "hour", "week": "week"}
_RELATIVE_UNITS |= {"month": "month", "quarter": "quarter", "year": "year"}
_TRUE, _FALSE = {"true", "1", "yes"}, {"false", "0", "no"}
MAIN = "t"
_FLAT_JOIN = 100


@dataclass(frozen=True)
class Sql:
    """A piece of SQL with its parameters, in order."""

    text: str
    parameters: tuple[Any, ...] = ()


@dataclass
class Filter:
    """A compiled query: `where` and `order` refer to the physical table as `t`.

    `is_total_order` says whether the sort leaves no ties; `invalid` are the terms that were dropped.
    """

    where: Sql
    order: list[str]
    is_total_order: bool
    invalid: list[str] = field(default_factory=list)


class Compiler:
    """Turns encoded queries of one caller into SQL."""

    def __init__(self, schema: Schema, context: QueryContext) -> None:
        self.schema = schema
        self.context = context

    def compile(self, table: str, query: EncodedQuery) -> Filter:
        """The query on `table`; terms it cannot have there are dropped and listed."""
        invalid = list(query.invalid)
        groups = []
        for group in query.groups:
            clauses = []
            for conditions in group:
                compiled = [self.condition(table, condition) for condition in conditions]
                invalid += [
                    "".join(condition) for condition, sql in zip(conditions, compiled, strict=True) if sql is None
                ]
                if usable := [sql for sql in compiled if sql is not None]:
                    clauses.append(_joined(" OR ", usable))
            if clauses:
                groups.append(_joined(" AND ", clauses))
        order, total = self._order(table, query.sorts, invalid)
        return Filter(_joined(" OR ", groups) if groups else Sql("1"), order, total, invalid)

    def _order(self, table: str, sorts: list[Sort], invalid: list[str]) -> tuple[list[str], bool]:
        order = []
        for sort in sorts:
            found = self.expression(table, sort.field)
            if found is None:
                invalid.append(f"ORDERBY{sort.field}")
                continue
            text, column = found
            if column.type == "reference":
                text = self.display_expression(text, column)
            order.append(self._comparable(text, column) + (" DESC" if sort.descending else ""))
            if sort.field == "sys_id":
                return order, True
        return order, False

    def expression(self, table: str, path: str, alias: str = MAIN) -> tuple[str, Column] | None:
        """SQL for a field, dot-walked through references, with its column; None where there is no such field."""
        name, _, rest = path.partition(".")
        column = self.schema.columns(table).get(name)
        if column is None:
            return None
        own = f"{alias}.{quoted(name)}"
        if not rest:
            return own, column
        if not column.reference or column.type == "glide_list":
            return None
        inner = f"{alias}r"
        walked = self.expression(column.reference, rest, inner)
        if walked is None:
            return None
        return self._lookup(own, column, walked[0], inner), walked[1]

    def display_expression(self, text: str, column: Column) -> str:
        """SQL for the display value of a reference held in `text`."""
        alias = "d"
        return self._lookup(text, column, f"{alias}.{quoted(self.schema.display_column(column.reference))}", alias)

    def _lookup(self, own: str, column: Column, wanted: str, alias: str) -> str:
        root = self.schema.root(column.reference)
        key = f"{alias}.{quoted(column.reference_key)}"
        return f"coalesce((SELECT {wanted} FROM {quoted(root)} {alias} WHERE {key} = {own}), '')"

    @staticmethod
    def _comparable(text: str, column: Column) -> str:
        if column.type in NUMERIC_TYPES:
            return f"CAST(nullif({text}, '') AS NUMERIC)"
        return f"{text} COLLATE NOCASE" if column.type in CASELESS_TYPES else text

    def condition(self, table: str, condition: Condition) -> Sql | None:
        """One condition, or None where field, operator and value do not go together."""
        found = self.expression(table, condition.field)
        if found is None:
            return None
        text, column = found
        operator, value = condition.operator, condition.value
        if operator == "ANYTHING":
            return Sql("1")
        if operator in ("ISEMPTY", "EMPTYSTRING"):
            return Sql(f"{text} = ''")
        if operator == "ISNOTEMPTY":
            return Sql(f"{text} <> ''")
        if operator in _FIELD_OPERATORS:
            return self._field_to_field(table, text, column, _FIELD_OPERATORS[operator], value)
        if operator == "INSTANCEOF":
            return self._instance_of(text, value)
        if operator.startswith("RELATIVE"):
            return self._relative(text, operator.removeprefix("RELATIVE"), value)
        if operator in ("ON", "NOTON", "BETWEEN"):
            return self._span(text, column, operator, value)
        if operator in ("IN", "NOT IN"):
            return self._membership(text, column, operator, value.split(","))
        literal = self._literal(column, value)
        if literal is None:
            return None
        if operator in ("LIKE", "NOT LIKE", "STARTSWITH", "ENDSWITH"):
            return self._match(text, column, operator, literal)
        return self._compare(text, column, operator, literal)

    def _literal(self, column: Column, value: str) -> str | None:
        """The value as stored; None for a `javascript:` expression the instance cannot work out."""
        if value.startswith("javascript:"):
            return evaluate(value, self.context)
        if column.type == "boolean":
            return "true" if value.lower() in _TRUE else "false" if value.lower() in _FALSE else value
        if column.type in DATE_TIME_TYPES and re.fullmatch(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?", value):
            if len(value) == 10:
                value += " 00:00:00"
            if self.context.literals_in_user_zone:
                try:
                    return stamp(self.context.to_utc(datetime.fromisoformat(value)))
                except ValueError:
                    return value
        return value

    def _compare(self, text: str, column: Column, operator: str, value: str) -> Sql:
        if value == "":
            return {"=": Sql(f"{text} = ''"), "!=": Sql(f"{text} <> ''")}.get(operator) or Sql(f"{text} {operator} ''")
        number = _number(value) if column.type in NUMERIC_TYPES else None
        if column.type in NUMERIC_TYPES and number is not None:
            compared = self._comparable(text, column)
            if operator == "!=":
                return Sql(f"({text} = '' OR {compared} <> ?)", (number,))
            return Sql(f"{compared} {operator} ?", (number,))
        compared = text if column.type in NUMERIC_TYPES else self._comparable(text, column)
        if operator == "!=":
            return Sql(f"{compared} <> ?", (value,))
        if operator in ("<", "<="):
            return Sql(f"({compared} {operator} ? AND {text} <> '')", (value,))
        return Sql(f"{compared} {operator} ?", (value,))

    def _membership(self, text: str, column: Column, operator: str, values: list[str]) -> Sql | None:
        literals = [literal for value in values if (literal := self._literal(column, value.strip())) is not None]
        if not literals:
            return None
        compared = text if column.type in NUMERIC_TYPES else self._comparable(text, column)
        return Sql(f"{compared} {operator} ({','.join('?' * len(literals))})", tuple(literals))

    def _match(self, text: str, column: Column, operator: str, value: str) -> Sql:
        tested = self.display_expression(text, column) if column.type == "reference" else text
        escaped = re.sub(r"([\\%_])", r"\\\1", value)
        before = "" if operator == "STARTSWITH" else "%"
        after = "" if operator == "ENDSWITH" else "%"
        negation = "NOT " if operator == "NOT LIKE" else ""
        return Sql(f"{tested} {negation}LIKE ? ESCAPE '\\'", (f"{before}{escaped}{after}",))

    def _span(self, text: str, column: Column, operator: str, value: str) -> Sql | None:
        bounds = value.split("@")
        if operator != "BETWEEN":
            bounds = bounds[1:]
        if len(bounds) != 2:
            return None
        low, high = (self._literal(column, bound) for bound in bounds)
        if not low or not high:
            return None
        start, end = self._compare(text, column, ">=", low), self._compare(text, column, "<=", high)
        inside = _joined(" AND ", [start, end])
        if operator == "NOTON":
            return Sql(f"({text} = '' OR NOT {inside.text})", inside.parameters)
        return inside

    def _relative(self, text: str, comparison: str, value: str) -> Sql | None:
        match = re.fullmatch(r"@(\w+)@(ago|ahead)@(\d+)", value)
        if match is None or match[1] not in _RELATIVE_UNITS:
            return None
        unit = _RELATIVE_UNITS[match[1]]
        moment = shifted(self.context.now, unit, int(match[3]) * (-1 if match[2] == "ago" else 1))
        if comparison == "EE":
            return Sql(f"({text} >= ? AND {text} <= ?)", period(moment, unit, self.context))
        operator = {"GT": ">", "LT": "<", "GE": ">=", "LE": "<="}[comparison]
        return Sql(f"({text} {operator} ? AND {text} <> '')", (stamp(moment),))

    def _field_to_field(self, table: str, text: str, column: Column, operator: str, other: str) -> Sql | None:
        found = self.expression(table, other)
        if found is None:
            return None
        left, right = self._comparable(text, column), self._comparable(found[0], found[1])
        if operator in ("=", "<>"):
            return Sql(f"{left} IS {'NOT ' if operator == '<>' else ''}{right}")
        return Sql(f"({left} {operator} {right} AND {text} <> '' AND {found[0]} <> '')")

    def _instance_of(self, text: str, table: str) -> Sql | None:
        if table not in self.schema:
            return None
        classes = self.schema.descendants(table)
        return Sql(f"{text} IN ({','.join('?' * len(classes))})", tuple(classes))


def _joined(word: str, parts: list[Sql]) -> Sql:
    if len(parts) == 1:
        return parts[0]
    if len(parts) > _FLAT_JOIN:
        # SQLite reads a chain as a tree as deep as it is long, and takes a depth of 1,000.
        middle = len(parts) // 2
        parts = [_joined(word, parts[:middle]), _joined(word, parts[middle:])]
    text = word.join(part.text for part in parts)
    return Sql(f"({text})", tuple(value for part in parts for value in part.parameters))


def _number(value: str) -> int | float | None:
    if re.fullmatch(r"[+-]?\d{1,18}", value):
        return int(value)
    return float(value) if re.fullmatch(r"[+-]?\d*\.?\d+([eE][+-]?\d+)?", value) else None
