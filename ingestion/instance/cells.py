"""Rows in the shapes that are not raw: links, display values, dot-walks (reference, section 1.2)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ingestion.instance.display import Displays
from ingestion.instance.field_types import JOURNAL_TYPES, REFERENCE_TYPES
from ingestion.instance.projection import TAGS, Projection, Shape
from ingestion.instance.schema import Column
from ingestion.instance.store import Row, Store


def shown_rows(
    store: Store, projection: Projection, shape: Shape, sys_ids: Sequence[str], displays: Displays
) -> list[dict[str, Any]]:
    """The rows in the order of `sys_ids`, ready for JSON; one that is not there is left out."""
    table = projection.table
    names = list(store.schema.columns(table))
    stored = {
        row[0]: dict(zip(names, row[1:], strict=True))
        for row in store.fetch_columns(table, ["sys_id", *names], sys_ids)
    }
    rows = [stored[sys_id] for sys_id in sys_ids if sys_id in stored]
    answers: list[dict[str, Any]] = [{} for _ in rows]
    for key, path in projection.fields:
        owner = path[-2].reference if len(path) > 1 else table
        cells = _cells(owner, path[-1], _ends(store, path, rows), shape, displays)
        for answer, cell in zip(answers, cells, strict=True):
            answer[key] = cell
    if projection.has_tags:
        for answer in answers:
            answer[TAGS] = _empty(shape)
    return answers


def _ends(store: Store, path: Sequence[Column], rows: Sequence[Row]) -> list[Row | None]:
    """For each row the one that holds the last column of `path`; None where a reference leads nowhere."""
    ends: list[Row | None] = list(rows)
    for column, following in pairwise(path):
        values = {row[column.name] for row in ends if row is not None and row[column.name]}
        known = store.schema.columns(column.reference)
        wanted = ("sys_id", column.reference_key, following.name, "sys_class_name", "category")
        names = [name for name in dict.fromkeys(wanted) if name in known]
        reached: dict[str, Row] = {}
        for found in store.fetch_columns(column.reference, names, list(values), column.reference_key):
            row = dict(zip(names, found, strict=True))
            reached[row[column.reference_key]] = row
        ends = [None if row is None else reached.get(row[column.name]) for row in ends]
    return ends


def _cells(table: str, column: Column, rows: Sequence[Row | None], shape: Shape, displays: Displays) -> list[Any]:
    """One column of the answer. Equal values are shown once: they mostly repeat."""
    if shape.mode == "false" and column.type not in REFERENCE_TYPES | JOURNAL_TYPES:
        return ["" if row is None else row[column.name] for row in rows]
    present = [row for row in rows if row is not None]
    if shape.mode != "false":
        if column.type in REFERENCE_TYPES:
            displays.names(column, [row[column.name] for row in present])
        elif column.type in JOURNAL_TYPES:
            displays.read_journals([row["sys_id"] for row in present])
    empty = _empty(shape)
    kept: dict[tuple[str | None, ...], Any] = {}
    cells = []
    for row in rows:
        if row is None:
            cells.append(empty)
            continue
        # What a value is shown as may depend on the row's class, and on its category.
        key: tuple[str | None, ...] = (row[column.name], row.get("sys_class_name"), row.get("category"))
        if column.type in JOURNAL_TYPES:
            key = (row["sys_id"],)
        cell = kept.get(key)
        if cell is None:
            cell = kept[key] = _cell(table, column, row, shape, displays)
        cells.append(cell)
    return cells


def _empty(shape: Shape) -> Any:
    return {"display_value": "", "value": ""} if shape.mode == "all" else ""


def _cell(table: str, column: Column, row: Row, shape: Shape, displays: Displays) -> Any:
    # Journals show nothing raw, whatever was written.
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
    target = f"/{value}" if column.reference_key == "sys_id" else f"?{column.reference_key}={value}"
    return f"{shape.link_base}/table/{column.reference}{target}"
