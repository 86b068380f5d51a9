"""Asking for more columns than one address can carry.

An instance, or what lies before it, refuses long addresses (Table API reference, section 1.1). A
table of many columns is then asked for in several requests, each with some of the columns, and the
parts of a row are put together only where they are of the same version.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

from ingestion.errors import AddressTooLong, SourceError
from ingestion.servicenow.client import Answer
from ingestion.servicenow.query import one_of
from ingestion.servicenow.records import RowParser

log = logging.getLogger(__name__)

#: What tells one version of a row from another; in every part.
_VERSION = ("sys_id", "sys_updated_on", "sys_created_on", "sys_mod_count")
#: Ids in one question, and rounds until the parts of a row that keeps changing must agree.
_CHUNK, _ROUNDS = 25, 5


class Asker(Protocol):
    """What is needed of the client. `longest_address` is the longest that is known to be taken, in characters."""

    @property
    def longest_address(self) -> int: ...

    def table(
        self, table: str, parameters: dict[str, str | int], decoder: Any, *, shrinks: bool = False
    ) -> Answer[Any]: ...


class WideTable:
    """Pages of one table with all columns of the parser, in as many requests as the addresses need."""

    def __init__(self, client: Asker, parser: RowParser) -> None:
        self._client = client
        self._parser = parser
        self._table = parser.layout.table

    def page(self, parameters: dict[str, str | int], *, by: str = "", shrinks: bool = False) -> Answer[Any]:
        """The rows that match, whole. Raises AddressTooLong where not even one column fits."""
        while True:
            parts = self._parts(parameters)
            limit = self._client.longest_address
            try:
                first = self._ask(parameters, parts[0], shrinks)
                if len(parts) == 1 or not first.result:
                    return first
                rows = self._completed(parameters, parts, first.result, by, shrinks)
                return Answer(rows, first.total, first.date, first.size)
            except AddressTooLong:
                if self._client.longest_address >= limit:
                    raise
                log.info("%s: addresses over %d characters are refused", self._table, self._client.longest_address)

    def _ask(self, parameters: dict[str, str | int], fields: Sequence[str], shrinks: bool) -> Answer[Any]:
        asked = {**parameters, "sysparm_fields": ",".join(fields)}
        return self._client.table(self._table, asked, self._parser.decoder, shrinks=shrinks)

    def _parts(self, parameters: dict[str, str | int]) -> list[list[str]]:
        """The columns in groups whose addresses are short enough."""
        names = self._parser.names
        room = self._client.longest_address - len(urlencode(parameters)) - len(self._table) - len("&sysparm_fields=")
        if _length(names) <= room:
            return [names]
        version = [name for name in _VERSION if name in names]
        parts: list[list[str]] = [list(version)]
        for name in names:
            if name in version:
                continue
            if len(parts[-1]) > len(version) and _length([*parts[-1], name]) > room:
                parts.append(list(version))
            parts[-1].append(name)
        return parts

    def _completed(
        self,
        parameters: dict[str, str | int],
        parts: Sequence[Sequence[str]],
        rows: Sequence[Any],
        by: str,
        shrinks: bool,
    ) -> list[Any]:
        """The rows with the columns of all parts, in their order.

        A row that changed between the requests is asked for again by its id. It is left out where it
        is gone, or where it moved along the walk's column `by`: the next sync reads it there.
        """
        whole = {self._key(row): row for row in rows}
        left = {key: len(parts) - 1 for key in whole}
        questions = [parameters]
        for _ in range(_ROUNDS):
            for question in questions:
                for part in parts[1:]:
                    for other in self._ask(question, part, shrinks).result:
                        row = whole.get(self._key(other))
                        if row is not None and self._version(row) == self._version(other):
                            self._parser.copy(other, row, part)
                            left[self._key(other)] -= 1
            lacking = [key for key in whole if left[key] > 0]
            if not lacking:
                return list(whole.values())
            questions = [self._by_ids(parameters, keys) for keys in _chunks(lacking)]
            found = {self._key(row): row for each in questions for row in self._ask(each, parts[0], shrinks).result}
            for key in lacking:
                fresh = found.get(key)
                if fresh is None or (by and self._parser.get(fresh, by) != self._parser.get(whole[key], by)):
                    del whole[key]
                else:
                    whole[key], left[key] = fresh, len(parts) - 1
        raise SourceError(
            f"{self._table}: {len(lacking)} rows, {lacking[0]} among them, changed between the {len(parts)} requests "
            f"that their columns need, {_ROUNDS} times; allow longer addresses or extract fewer columns"
        )

    @staticmethod
    def _by_ids(parameters: dict[str, str | int], keys: Sequence[str]) -> dict[str, str | int]:
        asked = {name: value for name, value in parameters.items() if name != "sysparm_offset"}
        return {
            **asked,
            "sysparm_query": one_of("sys_id", keys),
            "sysparm_limit": len(keys),
            "sysparm_no_count": "true",
        }

    def _version(self, row: Any) -> tuple[Any, ...]:
        return tuple(self._parser.get(row, name) for name in _VERSION if name in self._parser.names)

    def _key(self, row: Any) -> str:
        return str(self._parser.get(row, "sys_id"))


def _length(names: Sequence[str]) -> int:
    """Characters of the names in an address; a comma takes three."""
    return sum(map(len, names)) + 3 * (len(names) - 1)


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
