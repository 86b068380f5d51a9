"""Key sweeps: which rows the source serves, without reading them.

A key that a sweep does not bring may be deleted or merely hidden by a row ACL. The aggregate API
tells them apart: its counts ignore row ACLs (Table API reference, section 4).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pyarrow as pa

from ingestion.servicenow.catalogue import TableSpec
from ingestion.servicenow.client import Client
from ingestion.servicenow.dictionary import Layout
from ingestion.servicenow.page_size import PageSize
from ingestion.servicenow.query import all_of, one_of
from ingestion.servicenow.records import RowParser
from ingestion.servicenow.strategy import ANY_ZONE, Bounds
from ingestion.servicenow.sweep import Sweep

#: Ids in one question: 50 keep the address under 2,000 characters.
_CHUNK = 50
_VERSION = ("sys_id", "sys_updated_on", "sys_mod_count")


def versions(
    client: Client, spec: TableSpec, layout: Layout, bounds: Bounds | None, *, zoned: bool
) -> Iterator[pa.Table]:
    """`sys_id`, `sys_updated_on` and `sys_mod_count` of the rows inside the bounds, in batches by `sys_id`.

    `zoned`: the instance reads times in a query in a zone of its own, so bounds are applied here.
    """
    kinds = {name: layout.kinds[name] for name in _VERSION if name in layout.kinds}
    if zoned and bounds and bounds.or_active:
        kinds["active"] = layout.kinds["active"]
    parser = RowParser(Layout(spec.name, kinds, layout.cursor, {}))
    sweep = Sweep(client, parser, PageSize(client.instance.page_size), spec.base_query)
    for page in sweep.by_key(bounds.query(ANY_ZONE if zoned else timedelta(0)) if bounds else ""):
        table = parser.batch(page, client.instance.name).table
        yield table.filter(bounds.holds(table)) if zoned and bounds else table


def counted(client: Client, table: str, keys: Sequence[str]) -> set[str]:
    """Which of these ids exist, whatever row ACLs hide: chunks that count 0 are gone, others are halved."""
    found: set[str] = set()
    waiting = [list(keys[start : start + _CHUNK]) for start in range(0, len(keys), _CHUNK)]
    while waiting:
        chunk = waiting.pop()
        count = client.count(table, all_of(one_of("sys_id", chunk)))
        if count >= len(chunk):
            found.update(chunk)
        elif count:
            middle = len(chunk) // 2
            waiting += [chunk[:middle], chunk[middle:]]
    return found
