"""Rows as the JSON of the Table API (reference, section 1.2).

Raw answers without links and dot-walks are what extractors read by the million: each row's JSON is
kept as bytes until the row changes. All other shapes are made anew for each answer.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import orjson

from ingestion.instance.display import Displays
from ingestion.instance.field_types import JOURNAL_TYPES, REFERENCE_TYPES
from ingestion.instance.schema import Column, Schema
from ingestion.instance.store import Row, Store

DisplayMode = Literal["false", "true", "all"]
#: Output key that every full record has and no dictionary lists.
_TAGS = "sys_tags"


@dataclass(frozen=True)
class Shape:
    """How values are shown. `link_base` is the address before `/table/...`, '' where links are excluded."""

    mode: DisplayMode = "false"
    link_base: str = ""


@dataclass(frozen=True)
class Projection:
    """The fields of an answer: output key and the columns walked to its value, the last one the value's."""

    table: str
    fields: tuple[tuple[str, tuple[Column, ...]], ...]
    has_tags: bool

    @property
    def is_flat(self) -> bool:
        """Whether no field is dot-walked."""
        return all(len(path) == 1 for _, path in self.fields)


def project(schema: Schema, table: str, wanted: str, hidden: Iterable[str] = ()) -> Projection:
    """The projection for `sysparm_fields` ('' for all); unknown and hidden names are left out without a word."""
    columns = schema.columns(table)
    if wanted.strip(", "):
        names = list(dict.fromkeys(name.strip() for name in wanted.split(",")))
    else:
        # Keys come in no useful order on a real instance.
        names = sorted((*columns, _TAGS), key=lambda name: zlib.crc32(name.encode()))
    secret = set(hidden)
    fields = []
    for name in names:
        path = _walk(schema, table, name)
        if path and path[0].name not in secret:
            fields.append((name, path))
    return Projection(table, tuple(fields), _TAGS in names and _TAGS not in secret)


def _walk(schema: Schema, table: str, name: str) -> tuple[Column, ...]:
    path: list[Column] = []
    for part in name.split("."):
        if path and (not path[-1].reference or path[-1].type == "glide_list"):
            return ()
        column = schema.columns(path[-1].reference if path else table).get(part)
        if column is None:
            return ()
        path.append(column)
    return tuple(path)


class Serialiser:
    """Makes the JSON of rows, one `bytes` each, and keeps the raw ones up to `cache_bytes`."""

    def __init__(self, store: Store, cache_bytes: int) -> None:
        self._store = store
        self._limit = cache_bytes
        self._size = 0
        self._cache: dict[tuple[str, tuple[str, ...], bool], dict[str, bytes]] = {}
        store.on_change(self._forget)

    def _forget(self, root: str, sys_id: str | None) -> None:
        for (table, *_), rows in self._cache.items():
            if sys_id is None:
                rows.clear()
            elif table == root:
                rows.pop(sys_id, None)

    def rows(self, projection: Projection, shape: Shape, sys_ids: Sequence[str], displays: Displays) -> list[bytes]:
        """The rows in the order of `sys_ids`; one deleted meanwhile is left out."""
        with self._store.lock:
            if shape == Shape() and projection.is_flat:
                return self._raw(projection, sys_ids)
            return [orjson.dumps(row) for row in self._shown(projection, shape, sys_ids, displays)]

    def _raw(self, projection: Projection, sys_ids: Sequence[str]) -> list[bytes]:
        names = tuple(name for name, _ in projection.fields)
        root = self._store.schema.root(projection.table)
        cache = self._cache.setdefault((root, names, projection.has_tags), {})
        found = list(map(cache.get, sys_ids))
        if None in found:
            missing = [sys_id for sys_id, row in zip(sys_ids, found, strict=True) if row is None]
            fresh = self._dumped(projection, missing)
            self._keep(cache, fresh)
            found = [row or fresh.get(sys_id) for sys_id, row in zip(sys_ids, found, strict=True)]
        return [row for row in found if row is not None]

    def _dumped(self, projection: Projection, sys_ids: Sequence[str]) -> dict[str, bytes]:
        # Journals show nothing in raw mode, whatever was written (reference, section 1.2).
        values = {name: "" if path[0].type in JOURNAL_TYPES else path[0].name for name, path in projection.fields}
        if projection.has_tags:
            values[_TAGS] = ""
        return self._store.fetch_json(projection.table, values, sys_ids)

    def _keep(self, cache: dict[str, bytes], fresh: dict[str, bytes]) -> None:
        size = sum(map(len, fresh.values()))
        if self._size + size > self._limit:
            for rows in self._cache.values():
                rows.clear()
            self._size = 0
        cache |= fresh
        self._size += size

    def _shown(
        self, projection: Projection, shape: Shape, sys_ids: Sequence[str], displays: Displays
    ) -> list[dict[str, Any]]:
        table = projection.table
        names = list(self._store.schema.columns(table))
        stored = {
            row[0]: dict(zip(names, row[1:], strict=True))
            for row in self._store.fetch_columns(table, ["sys_id", *names], sys_ids)
        }
        present = [sys_id for sys_id in sys_ids if sys_id in stored]
        answers: list[dict[str, Any]] = [{} for _ in present]
        for key, path in projection.fields:
            ends = self._ends(path, [stored[sys_id] for sys_id in present])
            owner, column = (path[-2].reference if len(path) > 1 else table), path[-1]
            if shape.mode != "false" and column.type in REFERENCE_TYPES:
                displays.names(column, [row[column.name] for row in ends if row is not None])
            for answer, row in zip(answers, ends, strict=True):
                answer[key] = _cell(owner, column, row, shape, displays)
        if projection.has_tags:
            for answer in answers:
                answer[_TAGS] = {"display_value": "", "value": ""} if shape.mode == "all" else ""
        return answers

    def _ends(self, path: Sequence[Column], rows: Sequence[Row]) -> list[Row | None]:
        """For each row the one that holds the last column of `path`; None where a reference leads nowhere."""
        ends: list[Row | None] = list(rows)
        for column, following in pairwise(path):
            values = {row[column.name] for row in ends if row is not None and row[column.name]}
            names = list(
                {"sys_id", column.reference_key, following.name, *_labelled_with(following, column, self._store)}
            )
            reached = {
                row[column.reference_key]: row
                for row in (
                    dict(zip(names, found, strict=True))
                    for found in self._store.fetch_columns(column.reference, names, list(values), column.reference_key)
                )
            }
            ends = [None if row is None else reached.get(row[column.name]) for row in ends]
        return ends


def _labelled_with(column: Column, reference: Column, store: Store) -> list[str]:
    """Columns that the label of `column` depends on, where the referenced table has them."""
    known = store.schema.columns(reference.reference)
    wanted = ["sys_class_name", "category"] if column.name == "subcategory" else ["sys_class_name"]
    return [name for name in wanted if name in known]


def _cell(table: str, column: Column, row: Row | None, shape: Shape, displays: Displays) -> Any:
    if row is None:
        return {"display_value": "", "value": ""} if shape.mode == "all" else ""
    value = "" if column.type in JOURNAL_TYPES else row[column.name]
    link = _link(column, value, shape)
    if shape.mode == "false":
        return {"link": link, "value": value} if link else value
    shown = displays.value(table, column, row, row["sys_id"])
    if shape.mode == "true":
        return {"display_value": shown, "link": link} if link else shown
    return {"display_value": shown, "link": link, "value": value} if link else {"display_value": shown, "value": value}


def _link(column: Column, value: str, shape: Shape) -> str:
    if not (shape.link_base and value and column.type in REFERENCE_TYPES):
        return ""
    target = value if column.reference_key == "sys_id" else f"?{column.reference_key}={value}"
    separator = "" if target.startswith("?") else "/"
    return f"{shape.link_base}/table/{column.reference}{separator}{target}"
