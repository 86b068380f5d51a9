"""Rows as the JSON of the Table API, one `bytes` each.

Raw answers without links and dot-walks are what extractors read by the million: each row's JSON is
kept until the row changes. All other shapes are made anew for each answer.
"""

from collections.abc import Sequence

import orjson

from ingestion.instance.cells import shown_rows
from ingestion.instance.display import Displays
from ingestion.instance.field_types import JOURNAL_TYPES
from ingestion.instance.projection import TAGS, Projection, Shape
from ingestion.instance.store import Store


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
            return [orjson.dumps(row) for row in shown_rows(self._store, projection, shape, sys_ids, displays)]

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
            values[TAGS] = ""
        return self._store.fetch_json(projection.table, values, sys_ids)

    def _keep(self, cache: dict[str, bytes], fresh: dict[str, bytes]) -> None:
        size = sum(map(len, fresh.values()))
        if self._size + size > self._limit:
            for rows in self._cache.values():
                rows.clear()
            self._size = 0
        cache |= fresh
        self._size += size
