"""Encoded queries: what is built says what was meant, and nothing unchecked goes in."""

from datetime import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.instance.query import EncodedQuery, parse
from ingestion.servicenow.query import all_of, condition, literal, one_of, order_by


def test_terms_are_joined_by_and_and_empty_ones_left_out() -> None:
    assert all_of("a=1", "", "b=2^ORc=3", order_by("x", "sys_id")) == "a=1^b=2^ORc=3^ORDERBYx^ORDERBYsys_id"


def test_times_are_written_as_utc_seconds() -> None:
    assert condition("sys_updated_on", ">=", datetime(2026, 1, 2, 3, 4, 5)) == "sys_updated_on>=2026-01-02 03:04:05"


@pytest.mark.parametrize("value", ["a^ORb", "a\nb", "a\rb", "javascript:gs.now()", "x\x00"])
def test_a_value_that_would_change_the_query_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in an encoded query"):
        condition("number", "=", value)


@pytest.mark.parametrize("field", ["", "a b", "a^b", "a=1", "1a", "a..b", "a.", "ORa", "NQa", "ORDERBYa", "Number"])
def test_a_malformed_field_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="is not a field name"):
        condition(field, "=", "x")


def test_a_list_needs_values_without_commas() -> None:
    assert one_of("sys_id", ["a", "b"]) == "sys_idINa,b"
    for values in ([], ["a,b"], [""]):
        with pytest.raises(ValueError, match="cannot be listed"):
            one_of("sys_id", values)


#: Values as tickets have them: with what means something in an encoded query.
VALUE = st.one_of(
    st.text(),
    st.text("^=,<>!*%ORNQINB javascript:\n\r\x00", max_size=12),
    st.sampled_from(
        ["javascript:gs.now()", "a^ORb=c", "x^NQy=1", "^^", "ORDERBYnumber", "", "a,b", "BETWEEN1@2", "NULL"]
    ),
)
FIELD = st.one_of(
    st.from_regex(r"[a-z_][a-z0-9_]{0,8}(\.[a-z_][a-z0-9_]{0,5}){0,2}", fullmatch=True),
    st.text(max_size=8),
    st.text("ab.^=_1 ", max_size=8),
)
OPERATOR = st.sampled_from(["=", "!=", ">", ">=", "<", "<="])


def read(text: str) -> EncodedQuery:
    """What an instance takes a query for: the embedded one's own parser, which shares no code with the builder."""
    return parse(text)


@settings(max_examples=500)
@given(st.lists(VALUE, min_size=1, max_size=6))
def test_no_value_adds_a_term(values: list[str]) -> None:
    """However odd the values, a query of n conditions splits into n terms, or is refused."""
    try:
        terms = [condition("f", "=", value) for value in values]
    except ValueError:
        assert any(set(value) & set("^\r\n\x00") or value.startswith("javascript:") for value in values)
        return
    assert all_of(*terms).split("^") == terms
    assert [literal(value) for value in values] == values


@settings(max_examples=500)
@given(
    st.lists(st.tuples(FIELD, OPERATOR, VALUE), min_size=1, max_size=5),
    st.lists(st.sampled_from(["sys_id", "sys_updated_on", "number"]), max_size=3, unique=True),
    st.booleans(),
)
@example([("h", ">", "=")], [], False)
def test_an_instance_reads_what_was_meant_or_nothing_is_sent(
    conditions: list[tuple[str, str, str]], sorts: list[str], descending: bool
) -> None:
    try:
        text = all_of(*(condition(*each) for each in conditions), order_by(*sorts, descending=descending))
    except ValueError:
        return
    found = read(text)
    assert found.invalid == [] and len(found.groups) == 1
    assert [[tuple(term) for term in clause] for clause in found.groups[0]] == [[each] for each in conditions]
    assert [tuple(sort) for sort in found.sorts] == [(name, descending) for name in sorts]


@settings(max_examples=500)
@given(FIELD, st.lists(VALUE, max_size=6))
def test_a_list_is_read_as_the_same_list_or_refused(field: str, values: list[str]) -> None:
    try:
        text = one_of(field, values)
    except ValueError:
        return
    ((clause,),) = read(text).groups
    assert [(term.field, term.operator) for term in clause] == [(field, "IN")]
    assert clause[0].value.split(",") == values


@settings(max_examples=500)
@given(st.datetimes(min_value=datetime(1, 1, 1)), OPERATOR)
def test_a_time_is_read_back_to_the_second(moment: datetime, operator: str) -> None:
    ((clause,),) = read(condition("sys_updated_on", operator, moment)).groups
    (term,) = clause
    assert (term.field, term.operator) == ("sys_updated_on", operator)
    assert datetime.strptime(term.value, "%Y-%m-%d %H:%M:%S") == moment.replace(microsecond=0)
    assert len(term.value) == 19
