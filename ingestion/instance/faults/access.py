"""What a user may not see or ask, and rows that come in another order each time.

Access rules are steady: a row or field is hidden for as long as its rule is in force.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ingestion.instance.faults.rule import Call, Fault
from ingestion.instance.messages import ApiError
from ingestion.instance.query import Condition, EncodedQuery

#: Operators that the right `query_match` covers; all others, and sorting, are `query_range`'s (QA).
_MATCHING = {"=", "!=", "IN", "NOT IN", "SAMEAS", "NSAMEAS", "ISEMPTY", "ISNOTEMPTY", "EMPTYSTRING"}


@dataclass
class HiddenField(Fault):
    """Field ACL: the key of `field` is absent from row answers (reference, section 1.4: RA)."""

    kind = "hidden_field"
    field: str = ""

    def hides_fields(self, names: frozenset[str]) -> frozenset[str]:
        """The one field, where it would be shown."""
        return frozenset((self.field,)) if self.field in names and self.claim() else frozenset()


@dataclass
class _RowAcl(Fault):
    """Row ACL: rows vanish from a page after it was cut, and from reads by sys_id; counts keep them."""

    def visible(self, sys_ids: Sequence[str]) -> Sequence[str]:
        """The rows that are not hidden."""
        kept = [sys_id for sys_id in sys_ids if not self.hides(sys_id)]
        return kept if len(kept) < len(sys_ids) and self.claim() else sys_ids


@dataclass
class HiddenRows(_RowAcl):
    """Row ACL on `sys_ids`, on a `share` of all rows by seed, or on all from sys_id `first` to `last`.

    With a range whole pages come empty in a walk by sys_id. `old_release` answers 403 where all rows of
    an answer are hidden, as in 2016 (CM).
    """

    kind = "hidden_rows"
    sys_ids: tuple[str, ...] = ()
    share: float = 0.0
    first: str = ""
    last: str = ""
    old_release: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._listed = frozenset(self.sys_ids)

    def hides(self, sys_id: str) -> bool:
        """Whether the row is one of those; a share is chosen by sys_id and seed, so the same ones each time."""
        if sys_id in self._listed or (self.last and self.first <= sys_id <= self.last):
            return True
        return self.share > 0 and zlib.crc32(f"{self.seed}{sys_id}".encode()) / 2**32 < self.share

    def visible(self, sys_ids: Sequence[str]) -> Sequence[str]:
        """The rows that are not hidden."""
        kept = super().visible(sys_ids)
        if self.old_release and sys_ids and not kept:
            detail = f"{len(sys_ids)} records constrained due to ACL restrictions"
            raise ApiError(403, "User Not Authorized", detail)
        return kept


@dataclass
class EmptyPage(_RowAcl):
    """Row ACL on whole pages: the rows of the next `pages` pages that strike are hidden from then on.

    Only pages of two rows or more count for `after` and `rate`. Total counts still hold these rows.
    """

    kind = "empty_page"
    pages: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._hidden: frozenset[str] = frozenset()
        self._emptied = 0

    def strikes(self, call: Call) -> bool:
        """All requests on the table: what was hidden once stays so."""
        return self.matches(call)

    def hides(self, sys_id: str) -> bool:
        """Whether the row was on one of those pages."""
        return sys_id in self._hidden

    def visible(self, sys_ids: Sequence[str]) -> Sequence[str]:
        """The rows that are not hidden; none where it is the turn of this page."""
        if len(sys_ids) > 1 and self._emptied < self.pages and not self._hidden.issuperset(sys_ids) and self.due():
            with self._lock:
                self._emptied += 1
                self._hidden |= frozenset(sys_ids)
        return super().visible(sys_ids)

    def facts(self) -> dict[str, Any]:
        """How many rows it hides."""
        return {"hidden_rows": len(self._hidden)}


@dataclass
class DeniedQuery(Fault):
    """Query ACL: terms on `field` are ignored without a word (reference, section 2.4: QA).

    `right` is the one that is missing, `query_range` or `query_match`. `part` is what is ignored for
    it: the `filter`, the `sort` or both. With `whole_query` nothing of such a query is left, so that
    all rows come in any order.
    """

    kind = "denied_query"
    field: str = ""
    right: str = "query_range"
    part: str = "both"
    whole_query: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.right not in ("query_range", "query_match") or self.part not in ("both", "filter", "sort"):
            raise ValueError(
                f"fault {self.kind}: right is query_range or query_match, not {self.right!r};"
                f" part is both, filter or sort, not {self.part!r}"
            )

    def readable_query(self, query: EncodedQuery) -> EncodedQuery:
        """The query without the denied terms."""
        groups = [[[term for term in clause if not self._denies(term)] for clause in group] for group in query.groups]
        sorts = [sort for sort in query.sorts if not (self._sorts() and self._is_on(sort.field))]
        if (groups == query.groups and sorts == query.sorts) or not self.claim():
            return query
        return EncodedQuery() if self.whole_query else replace(query, groups=groups, sorts=sorts)

    def _denies(self, condition: Condition) -> bool:
        right = "query_match" if condition.operator in _MATCHING else "query_range"
        return self.part != "sort" and right == self.right and self._is_on(condition.field)

    def _sorts(self) -> bool:
        return self.part != "filter" and self.right == "query_range"

    def _is_on(self, path: str) -> bool:
        return path.partition(".")[0] == self.field


@dataclass
class UnstableTies(Fault):
    """Rows that the sort leaves equal come in another order at each request (reference, section 6: CM, SW)."""

    kind = "unstable_ties"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._asked = 0

    def tie_salt(self) -> str:
        """Another one each time."""
        with self._lock:
            self._asked += 1
            return f"{self.seed}.{self._asked}"
