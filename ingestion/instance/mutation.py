"""`POST /_control/mutate`: changes made by hand, as the platform would make them.

One operation is an object with `op`:
- `insert`: `table`, `values` or a list of them as `rows`;
- `update`: `table`, `values`, and `sys_id`, `sys_ids` or an encoded `query`; `touch` false leaves
  sys_updated_on where it is, `audit` false leaves no audit row;
- `delete`: `table` and which, as above; `audit` false leaves no trace;
- `reclass`: `table`, `to` (another class of its family) and which; `audit` as above;
- `undelete`: `table` and `sys_id` or `sys_ids`;
- `add_column`: `table`, `column` with `name` and what else a `schema.Column` has;
- `remove_column`, `rename_column` (`to`), `retype_column` (`type`): `table` and `column`, a column of its own;
  renamed, it has the same label, type and values; retyped, its values stay as they are;
- `choice`: `values` of a `sys_choice` row, new or changed;
- what the world itself offers in `operations`, with the rest as its arguments.
`at` (ISO 8601) and `by` (user name) may go with any of them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ingestion.instance.clock import stamp
from ingestion.instance.dictionary import add_column, choice_row, remove_column, rename_column, retype_column
from ingestion.instance.platform import Platform
from ingestion.instance.query import parse
from ingestion.instance.records import Caller, Records
from ingestion.instance.schema import Column
from ingestion.instance.selection import Page, page_ids

_ALL = Page(limit=1 << 40)


class Mutator:
    """Applies operations; the whole list or, where one fails, none of it."""

    def __init__(self, platform: Platform, records: Records, operations: Mapping[str, Callable[..., Any]]) -> None:
        self._platform = platform
        self._records = records
        self._world_operations = operations
        self._operations: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "insert": self._insert,
            "update": self._update,
            "delete": self._delete,
            "reclass": self._reclass,
            "undelete": self._undelete,
            "add_column": self._add_column,
            "remove_column": self._remove_column,
            "rename_column": self._rename_column,
            "retype_column": self._retype_column,
            "choice": self._choice,
        }

    def apply(self, operations: list[Mapping[str, Any]]) -> list[Any]:
        """The sys_ids that each operation touched, in order. Raises ValueError or KeyError for what cannot be."""
        with self._platform.store.transaction():
            return [self._one(operation) for operation in operations]

    def _one(self, operation: Mapping[str, Any]) -> Any:
        name = operation.get("op", "")
        if name in self._operations:
            return self._operations[name](operation)
        if name in self._world_operations:
            return self._world_operations[name](**{key: value for key, value in operation.items() if key != "op"})
        known = ", ".join([*self._operations, *self._world_operations])
        raise ValueError(f"no operation {name!r}; there are {known}")

    def _who(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        at = operation.get("at")
        return {
            "at": datetime.fromisoformat(at) if at else self._platform.clock.now(),
            "by": operation.get("by", "admin"),
        }

    def _insert(self, operation: Mapping[str, Any]) -> list[str]:
        rows = operation.get("rows") or [operation.get("values", {})]
        who = self._who(operation)
        return [self._platform.create(operation["table"], _texts(row), **who) for row in rows]

    def _chosen(self, operation: Mapping[str, Any]) -> list[str]:
        if "query" in operation:
            chosen = self._records.filter(operation["table"], parse(operation["query"]), Caller("admin"))
            if chosen.invalid:
                raise ValueError(f"query {operation['query']!r} has invalid terms: {', '.join(chosen.invalid)}")
            return page_ids(self._platform.store, operation["table"], chosen, _ALL, stable=True)
        if "sys_ids" in operation:
            return list(operation["sys_ids"])
        if "sys_id" in operation:
            return [operation["sys_id"]]
        raise ValueError(f"operation {operation.get('op')} needs sys_id, sys_ids or query")

    def _update(self, operation: Mapping[str, Any]) -> list[str]:
        values, who = _texts(operation["values"]), self._who(operation)
        ids = self._chosen(operation)
        for sys_id in ids:
            self._platform.update(
                operation["table"],
                sys_id,
                values,
                audit=operation.get("audit", True),
                touch=operation.get("touch", True),
                **who,
            )
        return ids

    def _delete(self, operation: Mapping[str, Any]) -> list[str]:
        who = self._who(operation)
        ids = self._chosen(operation)
        for sys_id in ids:
            self._platform.delete(operation["table"], sys_id, audit=operation.get("audit", True), **who)
        return ids

    def _reclass(self, operation: Mapping[str, Any]) -> list[str]:
        who = self._who(operation)
        ids = self._chosen(operation)
        for sys_id in ids:
            audit = operation.get("audit", True)
            self._platform.reclass(operation["table"], sys_id, operation["to"], audit=audit, **who)
        return ids

    def _undelete(self, operation: Mapping[str, Any]) -> list[str]:
        who = self._who(operation)
        ids = self._chosen(operation)
        for sys_id in ids:
            self._platform.undelete(operation["table"], sys_id, **who)
        return ids

    def _add_column(self, operation: Mapping[str, Any]) -> list[str]:
        who = self._who(operation)
        column = Column(**operation["column"])
        return [add_column(self._platform.store, operation["table"], column, at=stamp(who["at"]), by=who["by"])]

    def _remove_column(self, operation: Mapping[str, Any]) -> list[str]:
        return [remove_column(self._platform.store, operation["table"], operation["column"])]

    def _rename_column(self, operation: Mapping[str, Any]) -> list[str]:
        who = self._who(operation)
        table, name, to = operation["table"], operation["column"], operation["to"]
        return [rename_column(self._platform.store, table, name, to, at=stamp(who["at"]), by=who["by"])]

    def _retype_column(self, operation: Mapping[str, Any]) -> list[str]:
        who = self._who(operation)
        table, name, kind = operation["table"], operation["column"], operation["type"]
        return [retype_column(self._platform.store, table, name, kind, at=stamp(who["at"]), by=who["by"])]

    def _choice(self, operation: Mapping[str, Any]) -> list[str]:
        who = self._who(operation)
        row = choice_row(_texts(operation["values"]), at=stamp(who["at"]), by=who["by"])
        if self._platform.store.get("sys_choice", row["sys_id"]) is None:
            self._platform.store.insert("sys_choice", [row])
        else:
            self._platform.update("sys_choice", row["sys_id"], _texts(operation["values"]), **who)
        return [row["sys_id"]]


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    if wrong := [name for name, value in values.items() if not isinstance(value, str)]:
        raise ValueError(f"values are text as the raw API shows them; {', '.join(wrong)} is not")
    return dict(values)
