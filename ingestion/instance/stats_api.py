"""The Aggregate API: counts, averages, minima, maxima and sums, by group (reference, section 4).

Row ACLs do not reach it: its counts are those of the table.
"""

import re
from dataclasses import dataclass
from typing import Any

from ingestion.instance.conditions import MAIN, Compiler, Filter
from ingestion.instance.display import Displays
from ingestion.instance.field_types import NUMERIC_TYPES
from ingestion.instance.indexes import quoted
from ingestion.instance.messages import ApiError, Request, Response, json_response
from ingestion.instance.moments import QueryContext
from ingestion.instance.records import Caller, Records
from ingestion.instance.schema import Column

_FUNCTIONS = ("avg", "min", "max", "sum")
_HAVING = {"=": "=", "!=": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}


@dataclass(frozen=True)
class _Aggregate:
    function: str
    field: str
    sql: str


@dataclass(frozen=True)
class _Group:
    field: str
    sql: str
    column: Column

    def shown(self, value: str, table: str, mode: str, displays: Displays) -> dict[str, str]:
        if mode not in ("true", "all"):
            return {"field": self.field, "value": value}
        display = displays.value(table, self.column, {self.column.name: value}, "")
        if mode == "true":
            return {"field": self.field, "value": display}
        return {"field": self.field, "value": value, "display_value": display}


class StatsApi:
    """Answers `GET /api/now[/v1|/v2]/stats/{table}`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def answer(self, request: Request, table: str, caller: Caller) -> Response:
        """The aggregates asked for; raises ApiError 400 where none is."""
        given = request.parameters
        pairs = [pair for pair in request.pairs if not pair[0].startswith("sysparm_")]
        chosen = self._records.filter(table, self._records.query(table, given.get("sysparm_query", ""), pairs), caller)
        compiler = Compiler(self._records.store.schema, QueryContext(self._records.now()))
        aggregates = self._aggregates(table, given, compiler)
        groups = [
            _Group(name, *found)
            for name in _names(given.get("sysparm_group_by", ""))
            if (found := compiler.expression(table, name)) is not None
        ]
        if not aggregates:
            raise ApiError(400, "No request parameter for aggregate operation specified")
        answers = self._run(table, chosen, aggregates, groups, given, compiler)
        if not groups:
            return json_response({"result": answers[0]}, headers=[("X-Total-Count", "1")])
        return json_response({"result": answers}, headers=[("X-Total-Count", str(len(answers)))])

    def _aggregates(self, table: str, given: dict[str, str], compiler: Compiler) -> list[_Aggregate]:
        aggregates = []
        if given.get("sysparm_count", "").lower() == "true":
            aggregates.append(_Aggregate("count", "", "count(*)"))
        for function in _FUNCTIONS:
            aggregates += [
                _Aggregate(function, name, sql)
                for name in _names(given.get(f"sysparm_{function}_fields", ""))
                if (sql := _aggregate_sql(table, function, name, compiler))
            ]
        return aggregates

    def _run(
        self,
        table: str,
        chosen: Filter,
        aggregates: list[_Aggregate],
        groups: list[_Group],
        given: dict[str, str],
        compiler: Compiler,
    ) -> list[dict[str, Any]]:
        store = self._records.store
        visible, classes = store.visible(table, MAIN)
        columns = ", ".join([*(group.sql for group in groups), *(item.sql for item in aggregates)])
        sql = f"SELECT {columns} FROM {quoted(store.schema.root(table))} {MAIN} WHERE {visible} AND {chosen.where.text}"
        parameters: list[Any] = [*classes, *chosen.where.parameters]
        if groups:
            sql += f" GROUP BY {', '.join(group.sql for group in groups)}"
            having, value = _having(table, given.get("sysparm_having", ""), compiler)
            if having:
                sql += f" HAVING {having}"
                parameters.append(value)
            order = _order(table, given.get("sysparm_order_by", ""), compiler)
            sql += f" ORDER BY {', '.join([*order, *(group.sql for group in groups)])}"
        answers = []
        displays = self._records.displays()
        mode = given.get("sysparm_display_value", "").lower()
        for row in store.fetch(sql, parameters):
            answer: dict[str, Any] = {"stats": _stats(aggregates, row[len(groups) :])}
            if groups:
                answer["groupby_fields"] = [
                    group.shown(value, table, mode, displays) for group, value in zip(groups, row, strict=False)
                ]
            answers.append(answer)
        return answers


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _aggregate_sql(table: str, function: str, name: str, compiler: Compiler) -> str:
    found = compiler.expression(table, name)
    if found is None:
        return ""
    text, column = found
    value = f"nullif({text}, '')"
    if column.type in NUMERIC_TYPES:
        value = f"CAST({value} AS NUMERIC)"
    elif function in ("avg", "sum"):
        return ""
    return f"{function}({value})"


def _stats(aggregates: list[_Aggregate], values: tuple[Any, ...]) -> dict[str, Any]:
    stats: dict[str, Any] = {}
    for item, value in zip(aggregates, values, strict=True):
        if item.function == "count":
            stats["count"] = str(value)
        else:
            shown = "" if value is None else f"{value:.4f}" if item.function == "avg" else str(value)
            stats.setdefault(item.function, {})[item.field] = shown
    return stats


def _having(table: str, text: str, compiler: Compiler) -> tuple[str, float]:
    """`agg^field^op^value`; '' where it is none."""
    parts = text.split("^")
    if len(parts) != 4 or parts[2] not in _HAVING or not re.fullmatch(r"-?\d+(\.\d+)?", parts[3]):
        return "", 0.0
    function = parts[0].lower()
    if function == "count":
        sql = "count(*)"
    else:
        sql = _aggregate_sql(table, function, parts[1], compiler) if function in _FUNCTIONS else ""
    return (f"{sql} {_HAVING[parts[2]]} ?" if sql else ""), float(parts[3])


def _order(table: str, text: str, compiler: Compiler) -> list[str]:
    """`AVG^f`, `COUNT` or `f`, each with `^DESC` behind for the other direction."""
    order = []
    for item in _names(text):
        parts = item.split("^")
        descending = " DESC" if parts[-1].upper() == "DESC" else ""
        if descending:
            parts.pop()
        function = parts[0].lower()
        if function == "count":
            order.append("count(*)" + descending)
        elif function in _FUNCTIONS and len(parts) == 2:
            if sql := _aggregate_sql(table, function, parts[1], compiler):
                order.append(sql + descending)
        elif parts and (found := compiler.expression(table, parts[0])):
            order.append(found[0] + descending)
    return order
