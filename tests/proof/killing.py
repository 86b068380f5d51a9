"""Killing runs at named moments, in forks of a warm process, while somebody reads what is published.

The process that forks has everything imported and nothing open: no DuckDB file, no thread of ours. A
fork is a run that need not start up, and that SIGKILL ends as it would end any other.
"""

import fcntl
import importlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from ingestion.phases import watching
from ingestion.settings import Settings

_FORK = multiprocessing.get_context("fork")
#: A run is given so long; one that hangs must not hang the proof.
_PATIENCE_SECONDS = 180


@dataclass(frozen=True)
class Kill:
    """`delay` seconds after the `hit`-th time that a run comes to `phase`."""

    phase: str
    hit: int
    delay: float

    def __str__(self) -> str:
        return f"{self.phase}-{self.hit}-{self.delay * 1000:.0f}ms"

    @classmethod
    def draw(cls, seed: str, phase: str, most_hits: int, most_delay: float) -> "Kill":
        """A moment of its own for each seed."""
        rng = Random(seed)
        return cls(phase, rng.randint(1, most_hits), rng.uniform(0, most_delay))


def forked(function: Callable[..., Any], *given: Any, kill: Kill | None = None) -> Any:
    """Call `function` in a fork: what it returns, or None where `kill` ends it.

    Raises AssertionError where it fails, or comes to its end before it is killed.
    """
    here, there = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_in_fork, args=(there, function, given, kill))
    process.start()
    there.close()
    value = None
    try:
        assert here.poll(_PATIENCE_SECONDS), f"{function.__name__} hangs"
        with suppress(EOFError):
            value = here.recv()
        process.join(5)
    finally:
        process.kill()
        process.join()
        here.close()
    if kill is None:
        assert process.exitcode == 0, f"{function.__name__} failed; what it said is above"
    else:
        assert value is None, f"{function.__name__} came to its end before {kill}"
        assert process.exitcode == -signal.SIGKILL, f"{function.__name__} ended with {process.exitcode} before {kill}"
    return value


def _in_fork(there: Connection, function: Callable[..., Any], given: tuple[Any, ...], kill: Kill | None) -> None:
    if kill is None:
        there.send(function(*given))
        return
    with watching(_Executioner(kill)):
        function(*given)
    there.send("not killed")


class _Executioner:
    """Ends this process when its moment comes."""

    def __init__(self, kill: Kill) -> None:
        self._kill = kill
        self._hits = 0

    def __call__(self, phase: str) -> None:
        self._hits += phase == self._kill.phase
        if phase != self._kill.phase or self._hits != self._kill.hit:
            return
        if not self._kill.delay:
            os.kill(os.getpid(), signal.SIGKILL)
        threading.Timer(self._kill.delay, os.kill, (os.getpid(), signal.SIGKILL)).start()


def warm_up(function: Callable[..., Any], *given: Any) -> None:
    """Import here what `function` imports, which it is called for in a fork."""
    for name in forked(_imported_by, function, given):
        # Some modules name others that are not installed and do without.
        with suppress(ImportError):
            importlib.import_module(name)
    names = [thread.name for thread in threading.enumerate()]
    assert names == ["MainThread"], f"threads do not survive a fork: {names}; run these tests in a process of their own"


def _imported_by(function: Callable[..., Any], given: tuple[Any, ...]) -> list[str]:
    before = set(sys.modules)
    function(*given)
    return [name for name in sys.modules if name not in before]


@dataclass
class Seen:
    """What a reader saw: how often it looked, at how many versions, and everything that was wrong."""

    looks: int = 0
    versions: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


@contextmanager
def reading(root: Path, clients: int = 1) -> Iterator[Callable[[], Seen]]:
    """Look at every `itsm.duckdb` below `root`, again and again, from so many processes.

    Gives a function that ends this and says what was seen. A link that was there once must lead, for as
    long as its directory is there, to a file that opens and answers, with every publication that was
    ever in it.
    """
    started = [_start_reader(root, pause=0.1 * clients) for _ in range(clients)]

    def stop() -> Seen:
        total = Seen()
        for _, orders in started:
            orders.send("stop")
        for _, orders in started:
            assert orders.poll(_PATIENCE_SECONDS), "a reader hangs"
            seen: Seen = orders.recv()
            assert seen.looks, "a reader saw nothing"
            total.looks += seen.looks
            total.versions |= seen.versions
            total.wrong += seen.wrong
        return total

    try:
        yield stop
    finally:
        for process, orders in started:
            process.kill()
            process.join()
            orders.close()


def _start_reader(root: Path, pause: float) -> tuple[BaseProcess, Connection]:
    here, there = _FORK.Pipe()
    process = _FORK.Process(target=_read_on, args=(there, root, pause), daemon=True)
    process.start()
    there.close()
    return process, here


def _read_on(orders: Connection, root: Path, pause: float) -> None:
    seen, known = Seen(), dict[Path, set[str]]()
    while not orders.poll(pause):
        for link in {*root.glob("*/itsm.duckdb"), *known}:
            try:
                with duckdb.connect(str(link), read_only=True) as connection:
                    runs = {run for (run,) in connection.execute("select run_id from meta.publications").fetchall()}
                    connection.execute("select count(number) from sdm.itsm").fetchall()
                seen.versions.add(str(link.readlink()))
            except (duckdb.Error, OSError) as error:
                if link.parent.exists():
                    seen.wrong.append(f"{link.parent.name}: {error}")
                else:
                    known.pop(link, None)
                continue
            if lost := known.get(link, set()) - runs:
                seen.wrong.append(f"{link.parent.name}: publications of {sorted(lost)} are forgotten")
            known[link] = runs | known.get(link, set())
            seen.looks += 1
    orders.send(seen)


def leftovers(settings: Settings) -> list[str]:
    """What a run that ended well leaves neither in the data directory nor locked."""
    found = [
        str(path.relative_to(settings.data_dir))
        for path in settings.data_dir.rglob("*")
        if path.suffix in (".wal", ".rewrite", ".parquet", ".tmp") or path.name.startswith(".fresh-")
    ]
    with settings.lock_path.open("r+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found += [f"the lock says {line}" for line in handle]
    return found
