"""Filters and the address that shares them."""

from datetime import date
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.filters import Choices, Filters, from_address

CHOICES = Choices(
    instances=("demo", "other"),
    priorities=(("1", "1 - Critical"), ("2", "2 - High"), ("(none)", "(none)")),
    groups=("Service Desk", "Backup & Storage", "Büro; 100 %", "(none)"),
    services=("E-Mail", "a=b&c=d", "(none)"),
    first_day=date(2025, 1, 1),
    last_day=date(2026, 1, 1),
)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of the values, in their order."""
    return st.sets(st.sampled_from(values)).map(lambda chosen: tuple(value for value in values if value in chosen))


@given(
    st.builds(
        Filters,
        instance=st.sampled_from(CHOICES.instances),
        since=st.none() | DAYS,
        until=st.none() | DAYS,
        priorities=some(tuple(code for code, _ in CHOICES.priorities)),
        groups=some(CHOICES.groups),
        services=some(CHOICES.services),
    ).filter(lambda filters: not (filters.since and filters.until and filters.since >= filters.until))
)
def test_an_address_says_what_was_chosen(filters: Filters) -> None:
    address = urlencode(filters.to_address(), doseq=True)
    assert from_address(parse_qs(address), CHOICES) == (filters, [])


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["instance", "since", "until", "priority", "group", "service", "page"]),
        st.lists(st.text() | st.sampled_from(["1", "demo", "E-Mail", "2026-01-01"])),
    )
)
def test_whatever_an_address_says_the_filters_hold(params: dict[str, list[str]]) -> None:
    filters, remarks = from_address(params, CHOICES)
    assert filters.instance in CHOICES.instances
    assert set(filters.groups) <= set(CHOICES.groups) and set(filters.services) <= set(CHOICES.services)
    assert set(filters.priorities) <= {code for code, _ in CHOICES.priorities}
    assert not (filters.since and filters.until) or filters.since < filters.until
    for value in params.get("group", []):
        assert value in filters.groups or any(f"“{value}”" in remark for remark in remarks)
    assert from_address(filters.to_address(), CHOICES) == (filters, [])


def test_what_is_unknown_is_left_out_and_named() -> None:
    filters, remarks = from_address(
        {"instance": ["gone"], "priority": ["2", "9"], "since": ["yesterday"], "until": ["2026-02-01"]}, CHOICES
    )
    assert filters == Filters("demo", until=date(2026, 2, 1), priorities=("2",))
    assert len(remarks) == 3
    for part in ("instance “gone”", "priority “9”", "“yesterday”"):
        assert any(part in remark for remark in remarks), remarks


def test_a_period_without_a_day_is_left_out() -> None:
    filters, remarks = from_address({"since": ["2026-02-01"], "until": ["2026-02-01"]}, CHOICES)
    assert (filters.since, filters.until, len(remarks)) == (None, None, 1)


def test_no_instance_is_no_filter() -> None:
    with pytest.raises(ValueError, match="no instance"):
        from_address({}, Choices(()))


def test_plain_is_the_instance_alone() -> None:
    assert Filters("demo").is_plain
    for other in ({"since": date(2026, 1, 1)}, {"priorities": ("1",)}, {"groups": ("a",)}, {"services": ("a",)}):
        assert not Filters("demo", **other).is_plain


@given(DAYS, DAYS)
def test_the_period_before_ends_where_this_one_begins(one: date, other: date) -> None:
    since, until = min(one, other), max(one, other)
    if since == until:
        return
    before = Filters("demo", since, until, groups=("a",)).previous()
    assert before is not None
    assert before.until == since and before.since is not None
    assert before.until - before.since == until - since
    assert before.groups == ("a",)


def test_without_two_ends_there_is_no_period_before() -> None:
    assert Filters("demo").previous() is None
    assert Filters("demo", since=date(2026, 1, 1)).previous() is None
    assert Filters("demo", until=date(2026, 1, 1)).previous() is None
