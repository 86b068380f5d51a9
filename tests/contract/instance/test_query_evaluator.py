"""Any query the grammar allows selects the rows that a plain reading of it selects."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.instance.conditions import Compiler
from ingestion.instance.moments import QueryContext
from ingestion.instance.query import parse
from ingestion.instance.schema import build_schema
from ingestion.instance.selection import Page, count, page_ids
from ingestion.instance.store import Store
from tests.contract.instance.conftest import NOW
from tests.contract.instance.naive_query import NUMBERS, Query, Row, Term

WORDS = ("", "a", "A", "ab", "b%", "_b", "Ba\\", "'", '"b', "ä b")
STAMPS = ("", "2026-01-01 00:00:00", "2026-01-01 00:00:01", "2026-02-01 12:00:00")
INTEGERS = ("", "-1", "1", "2", "10")
CHOICES = {"short_description": WORDS, "opened_at": STAMPS, "state": INTEGERS, "priority": INTEGERS}


def row(number: int) -> Row:
    """A row whose values run through all choices at different paces."""
    return {
        "sys_id": f"{number:032x}",
        **{name: values[number // (index + 1) % len(values)] for index, (name, values) in enumerate(CHOICES.items())},
    }


ROWS = [row(number) for number in range(120)]


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """A store with ROWS as incidents."""
    store = Store(build_schema())
    store.insert("incident", ROWS)
    yield store
    store.close()


@st.composite
def terms(draw: st.DrawFn) -> Term:
    """A condition whose operator suits its field."""
    name = draw(st.sampled_from(list(CHOICES)))
    filled = st.sampled_from([value for value in CHOICES[name] if value])
    operator = draw(
        st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN", "BETWEEN", "ISEMPTY", "ISNOTEMPTY"])
    )
    if name == "short_description" and draw(st.booleans()):
        operator = draw(st.sampled_from(["LIKE", "NOT LIKE", "STARTSWITH", "ENDSWITH"]))
    if operator in ("ISEMPTY", "ISNOTEMPTY"):
        return Term(name, operator)
    if operator == "BETWEEN":
        return Term(name, operator, (draw(filled), draw(filled)))
    if operator in ("IN", "NOT IN"):
        return Term(name, operator, tuple(draw(st.lists(filled, min_size=1, max_size=3))))
    return Term(name, operator, (draw(filled),))


def nested(items: st.SearchStrategy[Term]) -> st.SearchStrategy[Query]:
    """Queries of up to three groups of three clauses of three terms."""
    clause = st.lists(items, min_size=1, max_size=3).map(tuple)
    group = st.lists(clause, min_size=1, max_size=3).map(tuple)
    return st.lists(group, min_size=1, max_size=3).map(tuple).map(Query)


@given(query=nested(terms()))
def test_sql_and_plain_reading_agree(store: Store, query: Query) -> None:
    chosen = Compiler(store.schema, QueryContext(NOW)).compile("incident", parse(query.text()))
    assert chosen.invalid == []
    expected = [row["sys_id"] for row in ROWS if query.matches(row)]
    assert sorted(page_ids(store, "incident", chosen, Page(1000))) == expected
    assert count(store, "incident", chosen) == len(expected)


@given(query=nested(terms()), limit=st.integers(1, 40))
def test_a_keyset_sweep_of_any_query_finds_each_row_once(store: Store, query: Query, limit: int) -> None:
    seen: list[str] = []
    while True:
        above = f"^sys_id>{seen[-1] if seen else ''}"
        text = "^NQ".join(part + above for part in query.text().split("^NQ")) + "^ORDERBYsys_id"
        chosen = Compiler(store.schema, QueryContext(NOW)).compile("incident", parse(text))
        found = page_ids(store, "incident", chosen, Page(limit))
        if not found:
            break
        seen += found
    assert seen == [row["sys_id"] for row in ROWS if query.matches(row)]


@given(query=nested(terms()), names=st.permutations(list(CHOICES)), descending=st.lists(st.booleans(), min_size=4))
def test_sorts_agree_with_python(store: Store, query: Query, names: list[str], descending: list[bool]) -> None:
    sorts = "".join(f"^ORDERBY{'DESC' if down else ''}{name}" for name, down in zip(names, descending, strict=False))
    compiler = Compiler(store.schema, QueryContext(NOW))
    chosen = compiler.compile("incident", parse(f"{query.text()}{sorts}^ORDERBYsys_id"))
    expected = [row for row in ROWS if query.matches(row)]
    for name, down in reversed(list(zip(names, descending, strict=False))):
        expected.sort(key=lambda row: sort_key(name, row[name]), reverse=down)
    assert page_ids(store, "incident", chosen, Page(1000)) == [row["sys_id"] for row in expected]


def sort_key(name: str, value: str) -> tuple[bool, float | str]:
    """Empty first; numbers by size, text without regard to case."""
    if name in NUMBERS:
        return (value != "", float(value or 0))
    return (value != "", value.lower())


@given(st.text(max_size=60))
def test_no_text_is_too_odd_to_be_a_query(store: Store, text: str) -> None:
    chosen = Compiler(store.schema, QueryContext(NOW)).compile("incident", parse(text))
    assert count(store, "incident", chosen) == len(page_ids(store, "incident", chosen, Page(1000)))
