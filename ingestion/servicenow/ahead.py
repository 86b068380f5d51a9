"""Reading ahead: the next pages are on their way while the last ones are turned into columns."""

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")


class _End:
    """Says that the iterator ended, and the error it ended with, if any."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def read_ahead(items: Iterator[T], depth: int = 2) -> Iterator[T]:
    """The items in order, taken from their iterator by a thread of its own, at most `depth` ahead.

    What the iterator raises is raised here, after the items that came before it. Whoever stops early
    stops the thread too: it ends before this generator is closed.
    """
    taken: queue.Queue[T | _End] = queue.Queue(depth)
    stop = threading.Event()

    def put(item: T | _End) -> None:
        while not stop.is_set():
            try:
                taken.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def take() -> None:
        try:
            for item in items:
                put(item)
                if stop.is_set():
                    return
            put(_End())
        except BaseException as error:  # noqa: BLE001  handed over to the reader, who raises it
            put(_End(error))

    thread = threading.Thread(target=take, name="read-ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := taken.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stop.set()
        thread.join()
