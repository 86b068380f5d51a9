"""Reading ahead changes when items are taken, never which, in what order, or what is raised."""

import threading
from collections.abc import Iterator

import pytest

from ingestion.servicenow.ahead import read_ahead


def test_all_items_come_in_order() -> None:
    assert list(read_ahead(iter(range(1000)))) == list(range(1000))
    assert list(read_ahead(iter(()))) == []


def test_an_error_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("third")

    items = read_ahead(failing())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="third"):
        next(items)


def test_no_more_than_the_depth_is_taken_ahead() -> None:
    taken: list[int] = []

    def counting() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    items = read_ahead(counting(), depth=2)
    first = next(items)
    items.close()
    assert first == 0 and len(taken) <= 5


def test_stopping_early_stops_the_thread() -> None:
    before = threading.active_count()
    items = read_ahead(iter(range(100)))
    next(items)
    items.close()
    assert threading.active_count() == before
