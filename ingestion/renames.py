"""A column that is gone and one that is new may be the same under another name."""

from collections.abc import Mapping
from datetime import datetime

from ingestion.known_columns import Known
from ingestion.rereading import ColumnReader
from ingestion.servicenow.dictionary import Layout
from ingestion.servicenow.page_size import PageSize
from ingestion.servicenow.records import RowParser
from ingestion.servicenow.sweep import Sweep
from ingestion.warehouse import RAW, quoted

#: More rows with another value than this, or than half of all, are not explained by changes since the last sync.
_MOST_CHANGED = 2_000


def find_renames(
    reader: ColumnReader, table: str, removed: Mapping[str, Known], added: Mapping[str, Known]
) -> dict[str, str]:
    """New names by old ones: of the same label and type, and with the same values in the rows that are held.

    Goes by the columns that `reread` holds of the new ones.
    """
    found: dict[str, str] = {}
    for new, now in sorted(added.items()):
        for old, was in sorted(removed.items()):
            alike = (was.kind, was.label) == (now.kind, now.label)
            if old not in found and alike and _same_values(reader, table, old, new):
                found[old] = new
                break
    return found


def _same_values(reader: ColumnReader, table: str, old: str, new: str) -> bool:
    values = f"CAST(held.{quoted(old)} AS VARCHAR) IS DISTINCT FROM CAST(reread.{quoted(new)} AS VARCHAR)"
    both = f"{RAW}.{table} AS held JOIN reread ON reread.sys_id = held.sys_id WHERE held.instance = ?"
    given = [reader.extraction.instance.name]
    total, others = reader.connection.execute(
        f"SELECT count(*), count(*) FILTER ({values}) FROM {both}", given
    ).fetchall()[0]
    if others > min(_MOST_CHANGED, total // 2):
        return False
    if not others:
        return True
    if "sys_updated_on" not in reader.extraction.layouts[table].kinds:
        return False
    changed = reader.connection.execute(f"SELECT held.sys_id, held.sys_updated_on FROM {both} AND {values}", given)
    return _changed_meanwhile(reader, table, dict(changed.fetchall()))


def _changed_meanwhile(reader: ColumnReader, table: str, held: Mapping[str, datetime | None]) -> bool:
    """Whether all rows, given with the `sys_updated_on` that is held, were updated, or went, since."""
    client = reader.extraction.client
    parser = RowParser(Layout(table, {"sys_id": "GUID", "sys_updated_on": "glide_date_time"}, None, {}))
    sweep = Sweep(client, parser, PageSize(client.instance.page_size))
    served = [
        row for page in sweep.of_keys(list(held)) for row in parser.batch(page, client.instance.name).table.to_pylist()
    ]
    return all(row["sys_updated_on"] != held[row["sys_id"]] for row in served)
