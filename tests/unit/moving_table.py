"""A table in memory that changes between pages: what a sweep meets, without HTTP.

Understands just the queries a sweep writes, by its own reading of the documented rules: the limit
is applied before row ACLs, the count is taken before them too.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ingestion.servicenow.client import Answer
from ingestion.servicenow.dictionary import Layout
from ingestion.servicenow.records import RowParser

START = datetime(2026, 1, 1)
LAYOUT = Layout("incident", {"sys_id": "GUID", "sys_updated_on": "glide_date_time"}, "sys_updated_on", {})


def stamp(second: int) -> str:
    return (START + timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S")


def parser() -> RowParser:
    return RowParser(LAYOUT)


@dataclass
class MovingTable:
    """`rows` are update times (seconds since START) by sys_id; `hidden` ids are cut from pages.

    `between` is called before each page, to change the table.
    """

    rows: dict[str, int]
    hidden: frozenset[str] = frozenset()
    between: Callable[["MovingTable"], None] | None = None
    counts: bool = True
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    longest_address: int = 7_500

    def table(self, table: str, parameters: dict[str, str | int], decoder: Any, **_: Any) -> Answer[Any]:
        if self.between:
            self.between(self)
        self.asked.append(dict(parameters))
        matching = self._matching(str(parameters["sysparm_query"]))
        offset, limit = int(parameters.get("sysparm_offset", 0)), int(parameters["sysparm_limit"])
        page = [
            {"sys_id": key, "sys_updated_on": stamp(self.rows[key])}
            for key in matching[offset : offset + limit]
            if key not in self.hidden
        ]
        counted = self.counts and "sysparm_no_count" not in parameters
        rows = decoder.decode(json.dumps({"result": page}).encode()).result
        return Answer(rows, len(matching) if counted else None, None)

    def _matching(self, query: str) -> list[str]:
        terms = [term for term in query.split("^") if term]
        order = [re.fullmatch(r"ORDERBY(DESC)?(.*)", term) for term in terms if term.startswith("ORDERBY")]
        found = [
            key for key in self.rows if all(self._holds(key, term) for term in terms if not term.startswith("ORDERBY"))
        ]
        value = {"sys_id": lambda key: key, "sys_updated_on": lambda key: stamp(self.rows[key])}
        descending = any(name[1] for name in order if name)
        return sorted(found, key=lambda key: [value[name[2]](key) for name in order if name], reverse=descending)

    def _holds(self, key: str, term: str) -> bool:
        match = re.fullmatch(r"(sys_id|sys_updated_on)(>=|<=|>|<|=|IN)(.*)", term)
        assert match, f"a sweep asked {term!r}"
        name, operator, given = match.groups()
        own = key if name == "sys_id" else stamp(self.rows[key])
        return {
            ">=": own >= given,
            "<=": own <= given,
            ">": own > given,
            "<": own < given,
            "=": own == given,
            "IN": own in given.split(","),
        }[operator]
