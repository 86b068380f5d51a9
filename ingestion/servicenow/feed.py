"""Reading ahead: walks run in workers of their own while the loader takes what they bring.

The loader takes table by table in a given order, the walks of one table as they come. Workers begin
the walks in that order too and wait where a table's rows are not fetched yet, so memory is bounded
and the table that is being loaded never waits for one behind it.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, TypeVar

from ingestion.servicenow.client import Client

T = TypeVar("T")

#: Reads with a session of its own; what it yields goes to the feed.
Walk = Callable[[Client], Iterator[T]]


class _End:
    """Says that one walk ended, and the error it ended with, if any."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Feed(Generic[T]):
    """What the walks of one table bring, at most `depth` items ahead. May be iterated in several goes."""

    def __init__(self, walks: int, depth: int, stop: threading.Event) -> None:
        self._items: queue.Queue[T | _End] = queue.Queue(depth)
        self._open = walks
        self._stop = stop
        self._closed = threading.Event()

    def put(self, item: T | _End) -> None:
        """Waits for room; gives up where the reading was stopped."""
        while self.wanted:
            with suppress(queue.Full):
                self._items.put(item, timeout=0.1)
                return

    def close(self) -> None:
        """Nobody takes what is still to come; its walks end."""
        self._closed.set()

    @property
    def wanted(self) -> bool:
        """Whether anybody still takes what is put."""
        return not (self._stop.is_set() or self._closed.is_set())

    def __iter__(self) -> Iterator[T]:
        """The items still to come. Raises what a walk raised, after the items that came before it."""
        while self._open:
            item = self._items.get()
            if isinstance(item, _End):
                self._open -= 1
                if item.error is not None:
                    raise item.error
            else:
                yield item


class Workers:
    """As many sessions as the instance is to see at once, each in a thread of its own."""

    def __init__(self, client: Client) -> None:
        self._stop = threading.Event()
        self._sessions: queue.SimpleQueue[Client] = queue.SimpleQueue()
        self._all = [client.sibling() for _ in range(client.instance.max_concurrency)]
        for session in self._all:
            self._sessions.put(session)
        self._pool = ThreadPoolExecutor(len(self._all), thread_name_prefix="walk")

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all walks, also those that wait for room, and close the sessions."""
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)
        for session in self._all:
            session.__exit__()

    def feed(self, walks: Sequence[Walk[T]], depth: int) -> Feed[T]:
        """Begin the walks behind those of earlier feeds."""
        feed: Feed[T] = Feed(len(walks), depth, self._stop)
        for walk in walks:
            self._pool.submit(self._run, walk, feed)
        return feed

    def each(self, jobs: Sequence[Callable[[Client], T]]) -> list[T]:
        """The results of all jobs, in order. Raises what the first failing one raised."""

        def run(job: Callable[[Client], T]) -> T:
            session = self._sessions.get()
            try:
                return job(session)
            finally:
                self._sessions.put(session)

        return list(self._pool.map(run, jobs))

    def _run(self, walk: Walk[T], feed: Feed[T]) -> None:
        session = self._sessions.get()
        try:
            for item in walk(session):
                feed.put(item)
                if not feed.wanted:
                    return
            feed.put(_End())
        except BaseException as error:  # noqa: BLE001  handed over to the loader, who raises it
            feed.put(_End(error))
        finally:
            self._sessions.put(session)
