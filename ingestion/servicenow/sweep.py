"""Which pages to ask for so that no row is missed (Table API reference, section 6).

Every sweep is a keyset walk: the next page is what lies beyond the last key, never an offset into
data that moves. A short page is not the end, because the limit counts rows before ACLs; the end is
an answer whose total count, taken before ACLs, says that nothing more matches.

A walk is only as good as the order it walks in, and an instance drops an ORDERBY without a word
where the user lacks query rights. A page may be in order by chance, so before a walk goes beyond its
first page it asks for the last row too, which must not be the first.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ingestion.errors import PageTooHeavy, SourceError
from ingestion.servicenow.client import Answer
from ingestion.servicenow.page_size import PageSize
from ingestion.servicenow.query import TIME_FORMAT, Test, all_of, condition, order_by, tests
from ingestion.servicenow.records import RowParser
from ingestion.servicenow.wide import Asker, WideTable

KEY = "sys_id"
#: A time that no row has.
_FAR = datetime(2999, 1, 1)


@dataclass
class Sweep:
    """Sweeps over one table. `base` is an encoded query that every request carries."""

    client: Asker
    parser: RowParser
    pages: PageSize
    base: str = ""

    @property
    def table(self) -> str:
        return self.parser.layout.table

    def by_key(self, condition_: str = "", after: str = "", upto: str = "") -> Iterator[Sequence[Any]]:
        """All rows that match with `after < sys_id <= upto`, in order of `sys_id`, each once; pages of rows.

        A row that exists throughout the sweep cannot be missed, whatever else changes meanwhile. An
        empty `upto` is no bound.
        """
        bounded = all_of(self.base, condition_, condition(KEY, "<=", upto) if upto else "")
        asked_for = tests(all_of(self.base, condition_))
        if not after:
            self._prove_filters(asked_for)
        last, count, proven = after, True, False
        while True:
            query = all_of(bounded, condition(KEY, ">", last) if last else "", order_by(KEY))
            rows, total, asked = self._page(query, count=count)
            if not rows and not count:
                count = True
                continue
            if not rows and total != 0:
                rows = self._step(query, total, asked)
            if not rows:
                return
            keys = self._keys(rows)
            self._check_order(keys, after=last, upto=upto, query=query)
            self._check_rows(rows, asked_for, query)
            if not (count and total == len(rows)) and not proven:
                self._prove_order(bounded, (KEY,), rows)
                proven = True
            yield rows
            if count and total == len(rows):
                return
            last = keys[-1]
            # A short page may be the last one, or one cut by ACLs: the next asks for the count too.
            count = len(rows) < asked

    def by_time(self, cursor: str, low: datetime, high: datetime) -> Iterator[Sequence[Any]]:
        """Rows with `low <= cursor <= high`, ordered by (cursor, sys_id).

        Survives any number of rows in one second: the last second of a page is drained by key
        before the walk goes beyond it. A row that is changed meanwhile may come twice.
        """
        window = all_of(condition(cursor, ">=", low), condition(cursor, "<=", high))
        asked_for = tests(self.base)
        start, proven = (low, ""), False
        while True:
            query = all_of(self.base, window, order_by(cursor, KEY))
            rows, total, asked = self._page(query, count=True, by=cursor)
            seen = len(rows)
            if not rows and total != 0:
                rows = self._step(query, total, asked, by=cursor)
            if not rows:
                return
            keys = [(self._time(row, cursor), key) for row, key in zip(rows, self._keys(rows), strict=True)]
            self._check_window(keys, start, high, query)
            self._check_rows(rows, asked_for, query)
            if not (total is not None and total == seen) and not proven:
                self._prove_order(all_of(self.base, window), (cursor, KEY), rows)
                proven = True
            yield rows
            if total is not None and total == seen:
                return
            second, last = keys[-1]
            yield from self.by_key(condition(cursor, "=", second), after=last)
            window = all_of(condition(cursor, ">", second), condition(cursor, "<=", high))
            start = (second + timedelta(seconds=1), "")

    def of_keys(self, keys: Sequence[str], chunk: int = 50) -> Iterator[Sequence[Any]]:
        """The rows with these ids that the instance serves; 50 ids keep the address short."""
        for start in range(0, len(keys), chunk):
            listed = ",".join(keys[start : start + chunk])
            yield from self.by_key(condition(KEY, "IN", listed))

    def _prove_order(self, query: str, fields: Sequence[str], rows: Sequence[Any]) -> None:
        """Ask for the last row in the same order: where it is the first one, the order is ignored."""
        descending = all_of(query, order_by(*fields, descending=True))
        last, _, _ = self._page(descending, 1, count=False)
        if self._beyond(rows, last, fields):
            return
        # All rows but the first may have gone meanwhile; then there is one row now, or none.
        again, _, _ = self._page(all_of(query, order_by(*fields)), count=False)
        last, _, _ = self._page(descending, 1, count=False)
        if not self._beyond(again, last, fields):
            raise SourceError(self._ignored(descending))

    def _beyond(self, rows: Sequence[Any], last: Sequence[Any], fields: Sequence[str]) -> bool:
        """Whether `last` lies after the first of several rows; True where there are no several rows."""

        def key(row: Any) -> tuple[str, ...]:
            return tuple(str(self.parser.get(row, name)).casefold() for name in fields)

        return len(rows) < 2 or not last or key(last[0]) > key(rows[0])

    def _page(
        self, query: str, limit: int | None = None, *, count: bool, offset: int = 0, by: str = ""
    ) -> tuple[Sequence[Any], int | None, int]:
        """Rows, the total where it was asked for and told, and how many rows were asked for.

        Without a `limit` the page shrinks until the instance answers.
        """
        while True:
            asked = limit or self.pages.rows
            try:
                shrinks = asked > self.pages.fewest
                answer = self._ask(query, asked, count=count, offset=offset, by=by, shrinks=shrinks)
            except PageTooHeavy as failure:
                self.pages.shrink(asked, str(failure))
                continue
            if limit is None:
                self.pages.passed(asked, answer.size)
            return answer.result, answer.total if count else None, asked

    def _ask(
        self, query: str, limit: int, *, count: bool, offset: int, by: str, shrinks: bool
    ) -> Answer[Sequence[Any]]:
        parameters: dict[str, str | int] = {
            "sysparm_query": query,
            "sysparm_limit": limit,
            "sysparm_display_value": "false",
            "sysparm_exclude_reference_link": "true",
            "sysparm_suppress_pagination_header": "true",
        }
        if not count:
            parameters["sysparm_no_count"] = "true"
        if offset:
            parameters["sysparm_offset"] = offset
        answer = WideTable(self.client, self.parser).page(parameters, by=by, shrinks=shrinks)
        if len(answer.result) > limit:
            raise SourceError(f"{self.table}: {len(answer.result)} rows came for a limit of {limit}: query {query!r}")
        return answer

    def _step(self, query: str, total: int | None, offset: int, by: str = "") -> Sequence[Any]:
        """Beyond an empty page of `offset` rows: the first page with a visible row, or nothing.

        Without a total count the rows of one page beyond the empty one must be hidden or absent too.
        """
        end = total if total is not None else 2 * offset
        while offset < end:
            rows, _, asked = self._page(query, count=False, offset=offset, by=by)
            if rows:
                return rows
            offset += asked
        return ()

    def _keys(self, rows: Sequence[Any]) -> list[str]:
        keys = self.parser.column(rows, KEY)
        if not all(isinstance(key, str) and key for key in keys):
            raise SourceError(f"{self.table}: a row came without {KEY}; grant read access to {self.table}.{KEY}")
        return keys

    def _time(self, row: Any, cursor: str) -> datetime:
        text = self.parser.get(row, cursor)
        if text is msgspec.UNSET:
            raise SourceError(self._hides(cursor))
        try:
            return datetime.strptime(text or "", TIME_FORMAT)
        except (TypeError, ValueError):
            raise SourceError(
                f"{self.table}: row {self.parser.get(row, KEY)}: {cursor}={text!r} is no time in UTC such as "
                "2026-01-31 08:00:00"
            ) from None

    def _prove_filters(self, asked_for: Sequence[Sequence[tuple[str, Test]]]) -> None:
        """Where the cursor stands in an OR, ask for rows of the far future.

        Without the right, the other half of the OR alone is left: rows are missing, and none shows it.
        """
        cursor = self.parser.layout.cursor
        if cursor and any(len(alternatives) > 1 and cursor in dict(alternatives) for alternatives in asked_for):
            query = all_of(self.base, condition(cursor, ">", _FAR))
            if self._page(query, 1, count=False)[0]:
                raise SourceError(self._ignored(query))

    def _check_rows(self, rows: Sequence[Any], asked_for: Sequence[Sequence[tuple[str, Test]]], query: str) -> None:
        """Every row shows the cursor and is one that was asked for, as far as its columns tell."""
        cursor, known = self.parser.layout.cursor, set(self.parser.names)
        if cursor in known and msgspec.UNSET in self.parser.column(rows, cursor):
            raise SourceError(self._hides(cursor))
        for alternatives in asked_for:
            if not all(field in known for field, _ in alternatives):
                continue
            failing: Sequence[Any] = rows
            for field, holds in alternatives:
                values = self.parser.column(failing, field)
                failing = [
                    row
                    for row, value in zip(failing, values, strict=True)
                    if value is not msgspec.UNSET and not holds(value or "")
                ]
            if failing:
                raise SourceError(self._ignored(query))

    def _check_order(self, keys: Sequence[str], after: str, upto: str, query: str) -> None:
        """Keys must rise, all in `(after, upto]`: by code point, or without case as most databases sort."""
        for folded in (False, True):
            walked = [key.casefold() for key in (after, *keys)] if folded else [after, *keys]
            if _rises(walked) and (not upto or walked[-1] <= (upto.casefold() if folded else upto)):
                return
        raise SourceError(self._ignored(query))

    def _check_window(
        self, keys: Sequence[tuple[datetime, str]], start: tuple[datetime, str], high: datetime, query: str
    ) -> None:
        inside = start <= keys[0] and keys[-1][0] <= high
        if inside and (_rises(keys) or _rises([(moment, key.casefold()) for moment, key in keys])):
            return
        raise SourceError(self._ignored(query))

    def _hides(self, cursor: str) -> str:
        return (
            f"{self.table}: rows come without {cursor}, the column the sync goes by; grant read, query_match and "
            f"query_range access to {self.table}.{cursor}"
        )

    def _ignored(self, query: str) -> str:
        return (
            f"{self.table}: rows came outside the asked window or out of order: the instance ignored part of the query "
            f"{query!r}; grant query_range access to the columns in it"
        )


def _rises(keys: Sequence[Any]) -> bool:
    return all(one < other for one, other in itertools.pairwise(keys))
