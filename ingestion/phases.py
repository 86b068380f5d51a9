"""Named moments of a run, in the order it passes them: for the log, and for whoever watches.

A phase is said as it begins; it lasts until the next one. Each name is said wherever the cycle gets
there, so one that belongs to a package or to a table comes as often as there are of these.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

_watchers: list[Callable[[str], None]] = []


def phase(name: str) -> None:
    """Say that a phase begins: a line of the debug log, `phase: <name>`."""
    log.debug("phase: %s", name)
    for watcher in _watchers:
        watcher(name)


@contextmanager
def watching(watcher: Callable[[str], None]) -> Iterator[None]:
    """Call `watcher` with each name while the context is open, in the thread that gets there."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
