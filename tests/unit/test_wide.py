"""A row that is asked for in parts is never made of two versions."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.errors import AddressTooLong
from ingestion.servicenow.client import Answer
from ingestion.servicenow.dictionary import Layout
from ingestion.servicenow.records import RowParser
from ingestion.servicenow.wide import WideTable

COLUMNS = [f"u_column_{number:02d}" for number in range(12)]
KINDS = {"sys_id": "GUID", "sys_updated_on": "string", "sys_mod_count": "integer", **dict.fromkeys(COLUMNS, "string")}
KEYS = [f"{number:02d}" for number in range(30)]


class Versions:
    """Rows whose every column says which version it is of; `changes` are made one before each answer."""

    def __init__(self, keys: list[str], changes: list[tuple[str, str]], longest: int) -> None:
        self.rows = dict.fromkeys(keys, 0)
        self.changes = changes
        self.real_longest = longest
        self.longest_address = 7_500
        self.requests = 0

    def table(
        self, table: str, parameters: dict[str, str | int], decoder: Any, *, shrinks: bool = False
    ) -> Answer[Any]:
        if self.changes:
            key, what = self.changes.pop()
            if what == "delete":
                self.rows.pop(key, None)
            elif key in self.rows:
                self.rows[key] += 1
        self.requests += 1
        if (length := len(urlencode(parameters))) > self.real_longest:
            self.longest_address = length * 3 // 4
            raise AddressTooLong(f"{table}: {length}")
        query, fields = str(parameters["sysparm_query"]), str(parameters["sysparm_fields"]).split(",")
        listed = query.removeprefix("sys_idIN").split(",") if query else KEYS
        page = [
            {
                name: key if name == "sys_id" else f"{0 if name == 'sys_mod_count' else ''}{self.rows[key]}"
                for name in fields
            }
            for key in listed
            if key in self.rows
        ]
        return Answer(decoder.decode(json.dumps({"result": page}).encode()).result, len(page), None)


def asked(source: Versions, by: str = "") -> list[dict[str, Any]]:
    parser = RowParser(Layout("incident", KINDS, "sys_updated_on", {}))
    rows = WideTable(source, parser).page({"sysparm_query": "", "sysparm_limit": 100}, by=by).result
    return [{name: parser.get(row, name) for name in KINDS} for row in rows]


changes = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(["update", "delete"])), max_size=8)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(KEYS), unique=True, max_size=30), changes, st.booleans())
def test_every_row_is_of_one_version_and_complete(
    keys: list[str], changes: list[tuple[str, str]], by_time: bool
) -> None:
    source = Versions(sorted(keys), list(changes), longest=140)
    rows = asked(source, "sys_updated_on" if by_time else "")
    for row in rows:
        assert len({str(row[name]).lstrip("0") for name in KINDS if name != "sys_id"}) == 1, row
    found = [row["sys_id"] for row in rows]
    assert found == sorted(set(found))
    gone = {key for key, what in changes if what == "delete"}
    touched = gone if not by_time else {key for key, _ in changes}
    assert set(keys) - touched <= set(found) <= set(keys)


def test_a_short_address_is_one_request() -> None:
    source = Versions(KEYS, [], longest=10_000)
    assert len(asked(source)) == len(KEYS) and source.requests == 1


def test_columns_that_never_fit_are_an_error() -> None:
    with pytest.raises(AddressTooLong):
        asked(Versions(KEYS, [], longest=20))
