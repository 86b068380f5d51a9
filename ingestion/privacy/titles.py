"""Groups of titles that go by a title which may not be kept: `intermediate.int_title_groups` reads its last rows.

A group goes by the title that opened it, also when the ticket has another title now. Without its rows the
group is made anew from the titles there are, with a key of its own.
"""

from collections.abc import Callable

import duckdb
import pyarrow as pa

from ingestion.warehouse import columns_of, forget_built_models

_SCHEMA = "intermediate"


def forget_titles(connection: duckdb.DuckDBPyConnection, change: Callable[[str], str | None]) -> int:
    """Remove the groups that go by a title which `change` changes; how many rows that were."""
    tables = columns_of(connection, _SCHEMA)
    if not {"int_title_groups", "int_title_masks"} <= tables.keys():
        return 0
    titles = connection.execute(f"SELECT title, signature FROM {_SCHEMA}.int_title_masks").fetchall()
    signatures = {signature for title, signature in titles if change(title) != title}
    templates = connection.execute(f"SELECT DISTINCT template FROM {_SCHEMA}.int_title_groups").fetchall()
    gone = [text for (text,) in templates if text is not None and (text in signatures or change(text) != text)]
    if not gone:
        return 0
    connection.register("gone_templates", pa.table({"template": pa.array(gone, pa.string())}))
    removed = connection.execute(
        f"DELETE FROM {_SCHEMA}.int_title_groups WHERE template IN (SELECT template FROM gone_templates) RETURNING 1"
    ).fetchall()
    connection.unregister("gone_templates")
    # Tickets of others may have been in the group.
    forget_built_models(connection)
    return len(removed)
