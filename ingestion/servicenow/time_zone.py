"""In which zone the instance reads times in a query (Table API reference, section 2.3).

Answers are always UTC. Query literals should be, but an instance may read them in the API user's own
zone, and then a bound is hours off, by another number of hours in summer than in winter. A row whose
time is known tells: asked for by exactly that time, it must come.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ingestion.errors import PageTooHeavy
from ingestion.servicenow.client import Client
from ingestion.servicenow.dictionary import Layout
from ingestion.servicenow.page_size import PageSize
from ingestion.servicenow.query import TIME_FORMAT, all_of, condition, order_by
from ingestion.servicenow.records import RowParser

_CURSOR = "sys_updated_on"
#: Rows of `incident` looked through for a time in summer and one in winter.
_SAMPLE = 200
_MIDWINTER_AND_MIDSUMMER = (15, 196)
_TRIES = 3


#: Table, sys_id and sys_updated_on in naive UTC.
Row = tuple[str, str, datetime]


def literals_are_shifted(client: Client, known: Iterable[Row]) -> bool:
    """Whether query literals are not read as UTC.

    `known` are rows that were read. One near the middle of January and one near the middle of July are
    asked for, so that no zone with daylight saving passes for UTC in half of the year.
    """
    rows = [*known, *_sample(client, "incident")]
    probes = {_nearest(rows, day) for day in _MIDWINTER_AND_MIDSUMMER} if rows else set()
    return any(_is_shifted(client, *probe) for probe in probes)


def _nearest(rows: Sequence[Row], day: int) -> Row:
    """The row whose time lies nearest to a day of the year, in any year."""

    def days(row: Row) -> int:
        apart = abs(row[2].timetuple().tm_yday - day)
        return min(apart, 365 - apart)

    return min(rows, key=days)


def _sample(client: Client, table: str) -> list[Row]:
    limit = _SAMPLE
    while True:
        try:
            rows = _rows(client, table, order_by("sys_id"), limit, shrinks=limit > PageSize.fewest)
        except PageTooHeavy:
            limit = max(PageSize.fewest, limit // 4)
        else:
            return [(table, key, moment) for key, moment in rows if moment]


def _is_shifted(client: Client, table: str, key: str, moment: datetime) -> bool:
    """A row that is there, with this time, and does not come when asked for by this time."""
    for _ in range(_TRIES):
        if _rows(client, table, all_of(condition("sys_id", "=", key), condition(_CURSOR, "=", moment)), 1):
            return False
        now = _rows(client, table, condition("sys_id", "=", key), 1)
        if not now or now[0][1] is None:
            return False
        if now[0][1] == moment:
            return True
        moment = now[0][1]
    return False


def _rows(
    client: Client, table: str, query: str, limit: int, *, shrinks: bool = False
) -> list[tuple[str, datetime | None]]:
    parser = RowParser(Layout(table, {"sys_id": "GUID", _CURSOR: "glide_date_time"}, None, {}))
    parameters: dict[str, str | int] = {
        "sysparm_query": query,
        "sysparm_fields": f"sys_id,{_CURSOR}",
        "sysparm_limit": limit,
        "sysparm_no_count": "true",
        "sysparm_exclude_reference_link": "true",
    }
    found: Sequence[Any] = client.table(table, parameters, parser.decoder, shrinks=shrinks).result
    return [(parser.text(row, "sys_id") or "", _time(parser.text(row, _CURSOR))) for row in found]


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", TIME_FORMAT)
    except ValueError:
        return None
