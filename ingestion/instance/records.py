"""Reading records for one caller: query, page, access rules, JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingestion.instance import selection
from ingestion.instance.clock import Clock
from ingestion.instance.conditions import Compiler, Filter, Sql
from ingestion.instance.display import Displays, UserFormat
from ingestion.instance.faults import Fault
from ingestion.instance.moments import QueryContext
from ingestion.instance.options import InstanceOptions
from ingestion.instance.projection import Projection, Shape, project
from ingestion.instance.query import Condition, EncodedQuery, parse
from ingestion.instance.serialise import Serialiser
from ingestion.instance.store import Store

_MAX_KEPT_COUNTS = 1000


@dataclass(frozen=True)
class Caller:
    """Who reads: a user name, and the faults that strike this request."""

    user: str
    faults: Sequence[Fault] = ()


class Records:
    """The rows of the store as the REST APIs answer with them."""

    def __init__(self, store: Store, clock: Clock, options: InstanceOptions) -> None:
        self.store = store
        self._clock = clock
        self._options = options
        self._serialiser = Serialiser(store, options.cache_bytes)
        self._counts: dict[tuple[str, Sql], int] = {}
        self._counted_version = -1

    def now(self) -> datetime:
        """The instance's present moment."""
        return self._clock.now()

    def filter(self, table: str, query: EncodedQuery, caller: Caller) -> Filter:
        """The query compiled for this caller; invalid terms are dropped, or select nothing if so set."""
        found = self.store.fetch_columns("sys_user", ["sys_id"], [caller.user], key="user_name")
        context = QueryContext(
            self._clock.now(),
            self._options.zone,
            self._options.literals_in_user_zone,
            found[0][0] if found else "",
            caller.user,
        )
        for fault in caller.faults:
            query = fault.readable_query(query)
        chosen = Compiler(self.store.schema, context).compile(table, query)
        if chosen.invalid and self._options.invalid_query_returns_no_rows:
            chosen.where = Sql("0")
        return chosen

    def query(self, table: str, text: str, pairs: Sequence[tuple[str, str]]) -> EncodedQuery:
        """The encoded query, or without one the `field=value` pairs as a query."""
        if text:
            return parse(text)
        columns = self.store.schema.columns(table)
        clauses = [self._pair(table, name, value) for name, value in pairs if name.partition(".")[0] in columns]
        return EncodedQuery(groups=[clauses] if clauses else [])

    def _pair(self, table: str, name: str, value: str) -> list[Condition]:
        """`field=value` where the value may also be what the user sees (TA)."""
        clause = [Condition(name, "=", value)]
        column = self.store.schema.columns(table).get(name)
        if column is None:
            return clause
        if column.type == "reference":
            clause.append(Condition(f"{name}.{self.store.schema.display_column(column.reference)}", "=", value))
        for element, stored, _ in [
            key
            for key, label in self.displays().choices(table).items()
            if key[0] == name and label.lower() == value.lower()
        ]:
            clause.append(Condition(element, "=", stored))
        return clause

    def displays(self) -> Displays:
        """Display values as the caller sees them, for one answer."""
        format = UserFormat(self._options.zone, self._options.date_format, self._options.time_format)
        return Displays(self.store, format)

    def count(self, table: str, chosen: Filter) -> int:
        """Rows the filter selects, before any access rule; kept until something is written."""
        with self.store.lock:
            if self._counted_version != self.store.version or len(self._counts) > _MAX_KEPT_COUNTS:
                self._counts.clear()
                self._counted_version = self.store.version
            key = (table, chosen.where)
            if key not in self._counts:
                self._counts[key] = selection.count(self.store, table, chosen)
            return self._counts[key]

    def page(
        self, table: str, chosen: Filter, page: selection.Page, fields: str, shape: Shape, caller: Caller
    ) -> list[bytes]:
        """The JSON of the rows of one page; rows hidden by access rules are taken out after the cut."""
        with self.store.lock:
            ids = selection.page_ids(self.store, table, chosen, page, stable=self._options.stable_ties)
            if not chosen.is_total_order:
                ids = self._reordered(ids, table, chosen, page, caller)
            return self.read(table, ids, fields, shape, caller)

    def _reordered(self, ids: list[str], table: str, chosen: Filter, page: selection.Page, caller: Caller) -> list[str]:
        for fault in caller.faults:
            if salt := fault.tie_salt():
                salted = selection.page_ids(self.store, table, chosen, page, salt=salt)
                if salted != ids and fault.claim():
                    return salted
        return ids

    def read(self, table: str, ids: Sequence[str], fields: str, shape: Shape, caller: Caller) -> list[bytes]:
        """The JSON of the rows with these sys_ids that the caller may see, in that order."""
        for fault in caller.faults:
            ids = fault.visible(ids)
        projection = project(self.store.schema, table, fields)
        if caller.faults and ids:
            projection = _permitted(projection, caller)
        return self._serialiser.rows(projection, shape, ids, self.displays())


def _permitted(projection: Projection, caller: Caller) -> Projection:
    for fault in caller.faults:
        projection = projection.without(fault.hides_fields(projection.heads))
    return projection
