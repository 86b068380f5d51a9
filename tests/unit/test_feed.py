"""Walks in workers of their own: all of it comes, in the order of the loader, bounded, and errors are the loader's."""

import threading
from collections.abc import Callable, Iterator

import pytest

from ingestion.servicenow.client import Client
from ingestion.servicenow.feed import Walk, Workers
from ingestion.settings import InstanceSettings


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Three sessions; none of them asks anything."""
    with (
        Client(InstanceSettings("test", "http://127.0.0.1:9", max_concurrency=3)) as client,
        Workers(client) as workers,
    ):
        yield workers


def numbers(start: int, stop: int) -> Walk[int]:
    return lambda client: iter(range(start, stop))


def test_all_walks_of_a_table_come_whole_and_each_in_its_order(workers: Workers) -> None:
    feed = workers.feed([numbers(0, 100), numbers(100, 200), numbers(200, 300), numbers(300, 400)], depth=5)
    found = list(feed)
    assert sorted(found) == list(range(400))
    for start in range(0, 400, 100):
        assert [number for number in found if start <= number < start + 100] == list(range(start, start + 100))


def test_a_feed_may_be_taken_in_several_goes(workers: Workers) -> None:
    feed = workers.feed([numbers(0, 50)], depth=3)
    first = [number for number, _ in zip(feed, range(20), strict=False)]
    assert first == list(range(20))
    assert list(feed)[-1] == 49
    assert list(feed) == []


def test_walks_stop_where_nobody_takes_what_they_bring(workers: Workers) -> None:
    """Memory is bounded: a walk is at most the depth and the item in its hand ahead."""
    brought: list[int] = []
    begun = threading.Event()

    def endless(client: Client) -> Iterator[int]:
        for number in range(10_000):
            brought.append(number)
            if number == 4:
                begun.set()
            yield number

    feed = workers.feed([endless], depth=4)
    assert begun.wait(5)
    assert next(iter(feed)) == 0
    feed.close()
    assert list(workers.each([lambda client: 1])) == [1], "the session of the closed walk is free again"
    assert len(brought) <= 4 + 2 + 1


def test_tables_ahead_never_wait_for_those_behind_them(workers: Workers) -> None:
    """More walks than workers, all of them full: the loader takes the tables in order and comes to the end."""
    feeds = [workers.feed([numbers(0, 30)] * 4, depth=2) for _ in range(5)]
    assert [len(list(feed)) for feed in feeds] == [120] * 5


def test_an_error_comes_after_the_items_before_it(workers: Workers) -> None:
    def failing(client: Client) -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("page 3")

    feed = workers.feed([failing], depth=10)
    items = iter(feed)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="page 3"):
        next(items)


def test_leaving_stops_walks_that_wait_for_room() -> None:
    before = threading.active_count()
    with (
        Client(InstanceSettings("test", "http://127.0.0.1:9", max_concurrency=2)) as client,
        Workers(client) as workers,
    ):
        feeds = [workers.feed([numbers(0, 1000)], depth=1) for _ in range(4)]
        assert next(iter(feeds[0])) == 0
    assert threading.active_count() == before


def test_each_keeps_the_order_of_jobs_and_raises_what_the_first_failing_one_raised(workers: Workers) -> None:
    def job(number: int) -> Callable[[Client], int]:
        def work(client: Client) -> int:
            if number >= 8:
                raise ValueError(f"job {number}")
            return number

        return work

    assert workers.each([job(number) for number in range(8)]) == list(range(8))
    with pytest.raises(ValueError, match="job 8"):
        workers.each([job(number) for number in range(12)])


def test_no_more_sessions_are_at_work_at_once_than_allowed(workers: Workers) -> None:
    busy, most, lock = 0, 0, threading.Lock()

    def work(client: Client) -> int:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        threading.Event().wait(0.01)
        with lock:
            busy -= 1
        return id(client)

    sessions = workers.each([work] * 12)
    assert 1 < most <= 3 and len(set(sessions)) <= 3
