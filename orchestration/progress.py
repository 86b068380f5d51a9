"""Extraction shown to a person: a bar a table on a terminal, plain lines elsewhere. On standard error.

A cycle reports table by table, after each batch of rows. A table has ended when the next one begins,
or when the showing ends.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from orchestration.cycle import ProgressOf
from orchestration.logs import is_json

#: Elsewhere than on a terminal a table that is being read says so every so many seconds.
LINE_SECONDS = 5.0

Clock = Callable[[], float]


@contextmanager
def showing_progress(*, quiet: bool = False, clock: Clock = time.monotonic) -> Iterator[ProgressOf | None]:
    """Gives what a cycle reports extraction to. `clock` counts seconds.

    Nothing is shown where `quiet`, or where standard error is for machines.
    """
    if quiet or is_json():
        yield None
        return
    console = Console(file=sys.stderr, highlight=False)
    if not console.is_terminal:
        with _each_finished(lambda instance: _Readings(instance, _Lines(clock), clock)) as progress_of:
            yield progress_of
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[pace]}", markup=False),
    )
    with (
        Progress(*columns, console=console, transient=True) as progress,
        _each_finished(lambda instance: _Readings(instance, _Bars(progress), clock)) as progress_of,
    ):
        yield progress_of


@contextmanager
def _each_finished(make: Callable[[str], "_Readings"]) -> Iterator[ProgressOf]:
    """Makes the readings of each instance, and at the end finishes what they still show."""
    made: list[_Readings] = []

    def progress_of(instance: str) -> _Readings:
        made.append(make(instance))
        return made[-1]

    try:
        yield progress_of
    finally:
        for readings in made:
            readings.finish()


class _Display(Protocol):
    """How the table that is being read is shown; one at a time."""

    def show(self, name: str, rows: int, expected: int | None, pace: str, /) -> None:
        """So far."""

    def end(self, line: str, /) -> None:
        """The table shown last has ended; `line` sums it up."""


class _Readings:
    """The tables of an instance, one after the other."""

    def __init__(self, instance: str, display: _Display, clock: Clock) -> None:
        self._instance = instance
        self._display = display
        self._clock = clock
        self._table: str | None = None
        self._rows = 0
        self._began = self._reported = clock()

    def __call__(self, table: str, rows: int, expected: int | None) -> None:
        """`rows` of a table so far, out of `expected` where that is known."""
        if table != self._table:
            self.finish()
            # Its first batch was read since the last report, of whatever table.
            self._table, self._began = table, self._reported
        self._rows, self._reported = rows, self._clock()
        self._display.show(f"{self._instance} {table}", rows, expected, self._pace(expected))

    def finish(self) -> None:
        """No more of the present table comes."""
        if self._table is not None:
            self._display.end(f"{self._instance} {self._table}: {self._rows:,} rows, {self._rate():,.0f} rows/s")
        self._table = None

    def _rate(self) -> float:
        """Rows a second since the table began."""
        return self._rows / max(self._reported - self._began, 0.001)

    def _pace(self, expected: int | None) -> str:
        rate = self._rate()
        if not expected:
            return f"{self._rows:,} rows, {rate:,.0f} rows/s"
        # Rows that came meanwhile were not counted.
        left = timedelta(seconds=round(max(expected - self._rows, 0) / max(rate, 0.001)))
        return f"{self._rows:,} of {expected:,} rows, {rate:,.0f} rows/s, {left} left"


class _Bars:
    """A bar for the table that is being read, above it a line for each that has been."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bar: TaskID | None = None

    def show(self, name: str, rows: int, expected: int | None, pace: str) -> None:
        if self._bar is None:
            self._bar = self._progress.add_task(name, total=expected, pace=pace)
        self._progress.update(self._bar, completed=rows, total=expected, pace=pace, refresh=True)

    def end(self, line: str) -> None:
        if self._bar is not None:
            self._progress.remove_task(self._bar)
        self._bar = None
        self._progress.console.print(line, markup=False)


class _Lines:
    """A line a table every few seconds, and one at its end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said_at: float | None = None

    def show(self, name: str, _rows: int, _expected: int | None, pace: str) -> None:
        now = self._clock()
        if self._said_at is None:
            self._said_at = now
        elif now - self._said_at >= LINE_SECONDS:
            self._said_at = now
            _say(f"{name}: {pace}")

    def end(self, line: str) -> None:
        self._said_at = None
        _say(line)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
