"""Sweeps over a table that moves: nothing that is there throughout is missed, whatever happens between pages."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.errors import SourceError
from ingestion.servicenow.page_size import PageSize
from ingestion.servicenow.sweep import Sweep
from tests.unit.moving_table import START, MovingTable, parser, stamp

KEYS = [f"{number:04x}" for number in range(60)]
HOUR = 3600


def at(second: int) -> Any:
    return START + timedelta(seconds=second)


def read(table: MovingTable, pages: Iterator[Sequence[Any]], sweep: Sweep) -> list[str]:
    return [sweep.parser.get(row, "sys_id") for page in pages for row in page]


def sweep_of(table: MovingTable, page_size: int) -> Sweep:
    return Sweep(table, parser(), PageSize(page_size))


rows = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 5), max_size=40)
sizes = st.integers(1, 7)
changes = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(["update", "insert", "delete"])), max_size=25)


def moving(rows: dict[str, int], changes: list[tuple[str, str]], hidden: frozenset[str] = frozenset()) -> MovingTable:
    """A table to which one change happens before each page; times of changes go beyond the window's end."""
    pending = list(changes)[::-1]
    clock = iter(range(HOUR, 2 * HOUR))

    def change(table: MovingTable) -> None:
        if not pending:
            return
        key, what = pending.pop()
        if what == "delete":
            table.rows.pop(key, None)
        elif what == "insert" or key in table.rows:
            table.rows[key] = next(clock)

    return MovingTable(dict(rows), hidden, change)


@settings(max_examples=500)
@given(rows, sizes, changes)
def test_by_key_finds_every_row_that_exists_throughout_once(
    rows: dict[str, int], size: int, changes: list[tuple[str, str]]
) -> None:
    table = moving(rows, changes)
    sweep = sweep_of(table, size)
    found = read(table, sweep.by_key(), sweep)
    stayed = set(rows) - {key for key, what in changes if what == "delete"}
    assert stayed <= set(found)
    assert len(found) == len(set(found))
    assert set(found) <= set(rows) | {key for key, _ in changes}


@settings(max_examples=500)
@given(rows, sizes, changes, st.integers(0, 3), st.integers(0, 5))
def test_by_time_finds_every_row_of_the_window_that_did_not_move(
    rows: dict[str, int], size: int, changes: list[tuple[str, str]], low: int, width: int
) -> None:
    """Many rows share each second, and rows leave the window while it is read."""
    table = moving(rows, changes)
    sweep = sweep_of(table, size)
    found = read(table, sweep.by_time("sys_updated_on", at(low), at(low + width)), sweep)
    touched = {key for key, _ in changes}
    assert {key for key, second in rows.items() if low <= second <= low + width} - touched <= set(found)
    assert {key for key in found if key not in touched} <= {k for k, s in rows.items() if low <= s <= low + width}
    assert len(found) == len(set(found))


@settings(max_examples=500)
@given(rows, sizes, st.frozensets(st.sampled_from(KEYS)), st.booleans())
def test_hidden_rows_never_end_a_sweep_early(
    rows: dict[str, int], size: int, hidden: frozenset[str], by_time: bool
) -> None:
    """Row ACLs cut pages after the limit: pages are short, even empty, in the middle."""
    table = MovingTable(dict(rows), hidden)
    sweep = sweep_of(table, size)
    pages = sweep.by_time("sys_updated_on", at(0), at(5)) if by_time else sweep.by_key()
    assert sorted(read(table, pages, sweep)) == sorted(set(rows) - hidden)


@given(rows, sizes)
def test_a_source_without_counts_is_read_whole_too(rows: dict[str, int], size: int) -> None:
    table = MovingTable(dict(rows), counts=False)
    sweep = sweep_of(table, size)
    assert sorted(read(table, sweep.by_key(), sweep)) == sorted(rows)
    assert sorted(read(table, sweep.by_time("sys_updated_on", at(0), at(5)), sweep)) == sorted(rows)


def test_twelve_thousand_rows_in_one_second() -> None:
    table = MovingTable({f"{number:05d}": 3 for number in range(12_000)})
    sweep = sweep_of(table, 1000)
    found = read(table, sweep.by_time("sys_updated_on", at(0), at(10)), sweep)
    assert len(found) == len(set(found)) == 12_000


def test_an_unchanged_table_costs_one_request() -> None:
    for rows in ({}, {"a": 1}, {"a": 1, "b": 1}):
        table = MovingTable(dict(rows))
        sweep = sweep_of(table, 10)
        assert len(read(table, sweep.by_time("sys_updated_on", at(0), at(5)), sweep)) == len(rows)
        assert len(table.asked) == 1


class Deaf(MovingTable):
    """Ignores one kind of term, as an instance does where query rights are missing."""

    ignores: tuple[str, ...] = ()

    def _matching(self, query: str) -> list[str]:
        return super()._matching("^".join(term for term in query.split("^") if not term.startswith(self.ignores)))


@pytest.mark.parametrize(
    "ignored",
    [
        ("sys_updated_on>",),
        ("sys_updated_on<=",),
        ("sys_id>",),
        ("ORDERBYsys_updated_on", "ORDERBYDESCsys_updated_on"),
        ("ORDERBY",),
    ],
)
def test_an_ignored_filter_or_order_is_an_error(ignored: tuple[str, ...]) -> None:
    """The first page of these rows is in order by chance: 7, 8, 9 of the window 5 to 12."""
    rows = {f"{number:02d}": (7 * number) % 20 for number in range(20)}
    table = Deaf(rows)
    table.ignores = ignored
    sweep = sweep_of(table, 3)
    with pytest.raises(SourceError, match=r"ignored part of the query.*query_range"):
        if ignored == ("sys_id>",):
            read(table, sweep.by_key(), sweep)
        else:
            read(table, sweep.by_time("sys_updated_on", at(5), at(12)), sweep)


def test_a_row_without_its_cursor_is_an_error() -> None:
    class Hiding(MovingTable):
        def table(self, table: str, parameters: dict[str, str | int], decoder: Any, **how: Any) -> Any:
            answer = super().table(table, parameters, decoder)
            bare = decoder.decode(b'{"result":[{"sys_id":"a"}]}').result
            return type(answer)(bare, 1, None)

    table = Hiding({"a": 1})
    sweep = sweep_of(table, 3)
    with pytest.raises(SourceError, match=r"rows come without sys_updated_on.*grant read"):
        read(table, sweep.by_time("sys_updated_on", at(0), at(5)), sweep)


def test_more_rows_than_the_limit_are_an_error() -> None:
    class Generous(MovingTable):
        def table(self, table: str, parameters: dict[str, str | int], decoder: Any, **how: Any) -> Any:
            return super().table(table, {**parameters, "sysparm_limit": 100}, decoder)

    table = Generous(dict.fromkeys(KEYS, 1))
    sweep = sweep_of(table, 5)
    with pytest.raises(SourceError, match="60 rows came for a limit of 5"):
        read(table, sweep.by_key(), sweep)


def test_keys_are_asked_in_short_lists() -> None:
    table = MovingTable(dict.fromkeys(KEYS, 1))
    sweep = sweep_of(table, 1000)
    assert sorted(read(table, sweep.of_keys([*KEYS, "gone"]), sweep)) == KEYS
    assert max(len(str(asked["sysparm_query"])) for asked in table.asked) < 2000
    assert stamp(0) == "2026-01-01 00:00:00"
