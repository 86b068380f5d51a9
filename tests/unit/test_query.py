"""Encoded queries: what is built says what was meant, and nothing unchecked goes in."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.servicenow.query import all_of, condition, literal, one_of, order_by


def test_terms_are_joined_by_and_and_empty_ones_left_out() -> None:
    assert all_of("a=1", "", "b=2^ORc=3", order_by("x", "sys_id")) == "a=1^b=2^ORc=3^ORDERBYx^ORDERBYsys_id"


def test_times_are_written_as_utc_seconds() -> None:
    assert condition("sys_updated_on", ">=", datetime(2026, 1, 2, 3, 4, 5)) == "sys_updated_on>=2026-01-02 03:04:05"


@pytest.mark.parametrize("value", ["a^ORb", "a\nb", "a\rb", "javascript:gs.now()", "x\x00"])
def test_a_value_that_would_change_the_query_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in an encoded query"):
        condition("number", "=", value)


@pytest.mark.parametrize("field", ["", "a b", "a^b", "a=1", "1a", "a..b", "a."])
def test_a_malformed_field_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="is not a field name"):
        condition(field, "=", "x")


def test_a_list_needs_values_without_commas() -> None:
    assert one_of("sys_id", ["a", "b"]) == "sys_idINa,b"
    for values in ([], ["a,b"], [""]):
        with pytest.raises(ValueError, match="cannot be listed"):
            one_of("sys_id", values)


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_no_value_adds_a_term(values: list[str]) -> None:
    """However odd the values, a query of n conditions splits into n terms, or is refused."""
    try:
        terms = [condition("f", "=", value) for value in values]
    except ValueError:
        assert any(set(value) & set("^\r\n\x00") or value.startswith("javascript:") for value in values)
        return
    assert all_of(*terms).split("^") == terms
    assert [literal(value) for value in values] == values
