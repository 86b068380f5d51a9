"""Which rows an encoded query selects, and in what order a page shows them.

A sort that leaves ties has no dependable order on a real instance: the same row can come on two
pages and another on none (Table API reference, section 6). Here the order of ties depends on offset
and limit, so that paging over a non-unique sort loses rows as it does there, and the same each time;
with a salt also on that.
"""

import hashlib
from dataclasses import dataclass

from ingestion.instance.conditions import MAIN, Filter
from ingestion.instance.indexes import quoted
from ingestion.instance.store import Store

#: Without any sort a database mostly keeps its order: only neighbours in a block of this size change places.
_BLOCK = 8


@dataclass(frozen=True)
class Page:
    """A window on a result: the `limit` rows from row `offset` on."""

    limit: int
    offset: int = 0


def count(store: Store, table: str, chosen: Filter) -> int:
    """Rows of `table` that the filter selects."""
    source, parameters = _source(store, table, chosen)
    return int(store.fetch(f"SELECT count(*) {source}", parameters)[0][0])


def page_ids(
    store: Store, table: str, chosen: Filter, page: Page, *, stable: bool = False, salt: str = ""
) -> list[str]:
    """The sys_ids of one page, in order. `stable` makes the order of ties the same on all pages."""
    source, parameters = _source(store, table, chosen)
    order = list(chosen.order)
    if not chosen.is_total_order and not stable:
        if not order:
            return _unsorted_page(store, source, parameters, page, salt)
        order.append(_shuffled_ties(page, salt))
    elif not chosen.is_total_order:
        order.append(f"{MAIN}.rowid")
    sql = f"SELECT {MAIN}.sys_id {source} ORDER BY {', '.join(order)} LIMIT ? OFFSET ?"
    return [row[0] for row in store.fetch(sql, (*parameters, page.limit, page.offset))]


def _source(store: Store, table: str, chosen: Filter) -> tuple[str, list[str]]:
    visible, classes = store.visible(table, MAIN)
    root = quoted(store.schema.root(table))
    return f"FROM {root} {MAIN} WHERE {visible} AND {chosen.where.text}", [*classes, *chosen.where.parameters]


def _shuffled_ties(page: Page, salt: str) -> str:
    digest = hashlib.md5(f"{page.offset}|{page.limit}{salt}".encode(), usedforsecurity=False).digest()
    factor = int.from_bytes(digest[:3]) * 2 + 1
    return f"({MAIN}.rowid * {factor}) % 16777213"


def _unsorted_page(store: Store, source: str, parameters: list[str], page: Page, salt: str) -> list[str]:
    first = page.offset // _BLOCK * _BLOCK
    last = -(-(page.offset + page.limit) // _BLOCK) * _BLOCK
    found = store.fetch(
        f"SELECT {MAIN}.sys_id {source} ORDER BY {MAIN}.rowid LIMIT ? OFFSET ?", (*parameters, last - first, first)
    )
    ids: list[str] = []
    for start in range(0, len(found), _BLOCK):
        block = [row[0] for row in found[start : start + _BLOCK]]
        block.sort(key=lambda sys_id: hashlib.md5(f"{page}{salt}{sys_id}".encode(), usedforsecurity=False).digest())
        ids += block
    skipped = page.offset - first
    return ids[skipped : skipped + page.limit]
